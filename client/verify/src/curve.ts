// ed25519 under ZIP 215: cofactored, permissive encodings of points, the scalar below the order.
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat, toHex } from './bytes.ts';
import { knownCheck, once, rememberCheck, sharedCheck } from './memo.ts';

const { Point } = ed25519;
export type CurvePoint = InstanceType<typeof Point>;
const ORDER = Point.Fn.ORDER;

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
}

/** The point of 32 bytes by the permissive rule, or null. */
export function decompress(bytes: Uint8Array): CurvePoint | null {
  try {
    return Point.fromBytes(bytes, true);
  } catch {
    return null;
  }
}

/** A key that may stand in a set: a point, in its canonical encoding, of prime order. */
export function keyIsUsable(bytes: Uint8Array): boolean {
  return sharedCheck(
    () => toHex(bytes),
    () => {
      try {
        const point = Point.fromBytes(bytes, false);
        return !point.is0() && point.isTorsionFree();
      } catch {
        return false;
      }
    },
  );
}

const POINTS_MOST = 4_096;

/** Keys are few and sign often: each is decompressed once. */
export class KeyRing {
  private readonly points = new Map<string, CurvePoint | null>();

  point(key: Uint8Array): CurvePoint | null {
    const name = toHex(key);
    let point = this.points.get(name);
    if (point === undefined) {
      if (this.points.size >= POINTS_MOST) this.points.clear();
      point = decompress(key);
      this.points.set(name, point);
    }
    return point;
  }

  /** 8·s·B = 8·R + 8·k·A, with k = SHA-512(R ‖ A ‖ message). */
  holds(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    return sharedCheck(
      () => nameOf({ key, message, signature }),
      () => this.equationHolds(key, message, signature),
    );
  }

  private equationHolds(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    const parts = splitSignature(signature);
    const a = this.point(key);
    if (a === null || parts === null) return false;
    const k = challenge(parts.r, key, message);
    const left = Point.BASE.multiplyUnsafe(parts.s);
    return left.subtract(a.multiplyUnsafe(k)).subtract(parts.point).clearCofactor().is0();
  }

  /** Whether all hold: what is not known from a file before, by one equation over all of it. */
  allHold(checks: readonly Check[]): boolean {
    const unknown: Check[] = [];
    for (const check of checks) {
      const known = knownCheck(() => nameOf(check));
      if (known === false) return false;
      if (known === undefined) unknown.push(check);
    }
    if (unknown.length <= ALONE_MOST) {
      return unknown.every(({ key, message, signature }) => this.holds(key, message, signature));
    }
    const all = this.equationsHold(unknown);
    if (all) for (const check of unknown) rememberCheck(() => nameOf(check), true);
    return all;
  }

  /** The cofactor makes the one equation agree with each by itself. */
  private equationsHold(checks: readonly Check[]): boolean {
    const z = coefficients(checks);
    const commitments: CurvePoint[] = [];
    const factors = new Map<CurvePoint, bigint>();
    let base = 0n;
    for (const [i, { key, message, signature }] of checks.entries()) {
      const parts = splitSignature(signature);
      const a = this.point(key);
      if (a === null || parts === null) return false;
      const factor = z[i] ?? 0n;
      commitments.push(parts.point);
      base = (base + factor * parts.s) % ORDER;
      factors.set(a, ((factors.get(a) ?? 0n) + factor * challenge(parts.r, key, message)) % ORDER);
    }
    let rest = Point.BASE.multiplyUnsafe(base).subtract(sumOf(commitments, z));
    for (const [a, factor] of factors) rest = rest.subtract(a.multiplyUnsafe(factor));
    return rest.clearCofactor().is0();
  }
}

/** One signature to check. */
export interface Check {
  key: Uint8Array;
  message: Uint8Array;
  signature: Uint8Array;
}

/** So few are checked faster one by one. */
const ALONE_MOST = 3;

const hexOf = once(toHex);

function nameOf({ key, message, signature }: Check): string {
  return hexOf(key) + hexOf(message) + hexOf(signature);
}

interface SignatureParts {
  r: Uint8Array;
  point: CurvePoint;
  s: bigint;
}

function splitSignature(signature: Uint8Array): SignatureParts | null {
  if (signature.length !== 64) return null;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= ORDER) return null;
  const point = decompress(r);
  return point === null ? null : { r, point, s };
}

function challenge(r: Uint8Array, key: Uint8Array, message: Uint8Array): bigint {
  return littleEndian(sha512(concat(r, key, message))) % ORDER;
}

const COEFFICIENT_BITS = 128;

/**
 * A coefficient for each check. They come out of a hash over all checks, so that nobody who makes signatures can choose
 * ones that cancel each other, and so that every run is the same.
 */
function coefficients(checks: readonly Check[]): bigint[] {
  const seed = sha512(concat(...checks.flatMap(({ key, message, signature }) => [key, message, signature])));
  return checks.map((_, i) => {
    const index = new Uint8Array(4);
    new DataView(index.buffer).setUint32(0, i, true);
    return littleEndian(sha512(concat(seed, index)).subarray(0, COEFFICIENT_BITS / 8)) | 1n;
  });
}

/** The sum of points times scalars below 2^128, by buckets of a window of bits (Pippenger). */
function sumOf(points: readonly CurvePoint[], scalars: readonly bigint[]): CurvePoint {
  const width = points.length > 200 ? 7 : points.length > 40 ? 5 : 3;
  const mask = (1n << BigInt(width)) - 1n;
  let sum = Point.ZERO;
  for (let window = Math.ceil(COEFFICIENT_BITS / width) - 1; window >= 0; window -= 1) {
    for (let i = 0; i < width; i += 1) sum = sum.double();
    const buckets = new Array<CurvePoint | undefined>(1 << width);
    const shift = BigInt(window * width);
    points.forEach((point, i) => {
      const digit = Number(((scalars[i] ?? 0n) >> shift) & mask);
      if (digit !== 0) buckets[digit] = buckets[digit]?.add(point) ?? point;
    });
    let running = Point.ZERO;
    let total = Point.ZERO;
    for (let digit = buckets.length - 1; digit > 0; digit -= 1) {
      const bucket = buckets[digit];
      if (bucket !== undefined) running = running.add(bucket);
      total = total.add(running);
    }
    sum = sum.add(total);
  }
  return sum;
}
