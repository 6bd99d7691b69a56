// What the holder of a bundle opened (bundle.md, "Openings"; step 11).
import type { Hash } from './bytes.ts';
import type { Bundle, Step } from './bundle.ts';
import { listRoot } from './hash.ts';
import { privateOf } from './operations.ts';
import { refuse } from './refusal.ts';

const FIELDS_MOST = 64;

/** The root of the private fields that belong to an event. */
export function privateRoot({ event, tx }: Step): Hash | null {
  if (event.effect.is === 'Registered') return event.effect.private;
  return tx === null ? null : privateOf(tx.body.operation);
}

export function checkOpenings(bundle: Bundle): void {
  const steps = new Map(bundle.main.steps.map((step) => [step.event.n, step]));
  for (const field of bundle.fields) {
    const step = steps.get(field.event);
    const root = step === undefined ? null : privateRoot(step);
    const opened =
      field.count <= FIELDS_MOST ? listRoot(field.hash, BigInt(field.index), BigInt(field.count), field.path) : null;
    if (root === null || opened !== root) {
      refuse('H9111', `match the opened field of event ${field.event} with its commitment`, field.event);
    }
  }
  const keys = new Map(bundle.keys.map((key) => [key.id, key.value]));
  for (const person of bundle.persons) {
    if (keys.get(person.key)?.name !== person.hash) {
      refuse('H9112', `match the opened name of key ${person.key} with its commitment`);
    }
  }
}

export interface Closed {
  event: bigint;
  /** Known only where one is open. */
  count: number | null;
  closed: number | null;
}

/** Events with private fields that are not all opened. */
export function closedFields(bundle: Bundle): Closed[] {
  const opened = new Map<bigint, { open: number; count: number }>();
  for (const { event, count } of bundle.fields) {
    opened.set(event, { open: (opened.get(event)?.open ?? 0) + 1, count });
  }
  const out: Closed[] = [];
  for (const step of bundle.main.steps) {
    if (privateRoot(step) === null) continue;
    const known = opened.get(step.event.n);
    if (known === undefined) out.push({ event: step.event.n, count: null, closed: null });
    else if (known.open < known.count)
      out.push({ event: step.event.n, count: known.count, closed: known.count - known.open });
  }
  return out;
}
