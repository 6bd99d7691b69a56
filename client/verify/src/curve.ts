// ed25519 under ZIP 215: cofactored, permissive encodings of points, the scalar below the order.
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat, toHex } from './bytes.ts';

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
  try {
    const point = Point.fromBytes(bytes, false);
    return !point.is0() && point.isTorsionFree();
  } catch {
    return false;
  }
}

/** Keys are few and sign often: each is decompressed once. */
export class KeyRing {
  private readonly points = new Map<string, CurvePoint | null>();

  point(key: Uint8Array): CurvePoint | null {
    const name = toHex(key);
    let point = this.points.get(name);
    if (point === undefined) {
      point = decompress(key);
      this.points.set(name, point);
    }
    return point;
  }

  /** 8·s·B = 8·R + 8·k·A, with k = SHA-512(R ‖ A ‖ message). */
  holds(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    const parts = splitSignature(signature);
    const a = this.point(key);
    if (a === null || parts === null) return false;
    const k = challenge(parts.r, key, message);
    const left = Point.BASE.multiplyUnsafe(parts.s);
    return left.subtract(a.multiplyUnsafe(k)).subtract(parts.point).clearCofactor().is0();
  }
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
