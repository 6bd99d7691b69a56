// What was computed before, by the bytes that it was computed from. Nothing in here depends on a question, so that a
// verdict is the same with it and without it.

/** A map that forgets what was not asked for in its last generation; its weight stays below twice the limit. */
export class Store<V> {
  private young = new Map<string, V>();
  private old = new Map<string, V>();
  private weight = 0;

  constructor(private readonly most: number) {}

  get(key: string): V | undefined {
    const found = this.young.get(key);
    if (found !== undefined) return found;
    const before = this.old.get(key);
    if (before !== undefined) this.set(key, before);
    return before;
  }

  set(key: string, value: V): void {
    const weight = key.length + 64;
    if (weight > this.most) return;
    if (this.weight + weight > this.most) {
      this.old = this.young;
      this.young = new Map();
      this.weight = 0;
    }
    this.young.set(key, value);
    this.weight += weight;
  }
}

const INTERNED_MOST = 4_000_000;
const VERIFIED_MOST = 4_000_000;

/** Equal texts of a run of many files give the same bytes object; null where each file is judged by itself. */
let interned: Store<Uint8Array> | null = null;
let verified: Store<boolean> | null = null;

/** From now on files that follow each other share what they have in common. */
export function shareBetweenFiles(): void {
  interned ??= new Store(INTERNED_MOST);
  verified ??= new Store(VERIFIED_MOST);
}

export function sharedBytes(text: string, read: (text: string) => Uint8Array | null): Uint8Array | null {
  const known = interned?.get(text);
  if (known !== undefined) return known;
  const bytes = read(text);
  if (bytes !== null) interned?.set(text, bytes);
  return bytes;
}

export function sharedCheck(key: () => string, check: () => boolean): boolean {
  if (verified === null) return check();
  const name = key();
  const known = verified.get(name);
  if (known !== undefined) return known;
  const holds = check();
  verified.set(name, holds);
  return holds;
}

export function knownCheck(key: () => string): boolean | undefined {
  return verified?.get(key());
}

export function rememberCheck(key: () => string, holds: boolean): void {
  verified?.set(key(), holds);
}

/** A function of an object that is computed once for it, as long as the object lives. */
export function once<O extends object, V>(compute: (object: O) => V): (object: O) => V {
  const known = new WeakMap<O, { value: V }>();
  return (object) => {
    let found = known.get(object);
    if (found === undefined) {
      found = { value: compute(object) };
      known.set(object, found);
    }
    return found.value;
  };
}
