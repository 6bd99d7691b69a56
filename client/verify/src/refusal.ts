/** What is wrong, as the code of the specification; `event` where the code names one. */
export class Refusal extends Error {
  /** The related item whose failure it is. */
  item: string | null = null;

  constructor(
    readonly code: string,
    message: string,
    readonly event: bigint | null = null,
  ) {
    super(message);
    this.name = 'Refusal';
  }
}

export function refuse(code: string, message: string, event: bigint | null = null): never {
  throw new Refusal(code, message, event);
}

/** Bytes that are no canonical encoding; the caller knows which code that is. */
export class Malformed extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Malformed';
  }
}
