// Decompression in a browser.
import { DECOMPRESSED_MOST, broken, isCompressed, tooLarge } from './gzip.ts';
import type { Refusal } from './refusal.ts';

/** A byte of deflated data gives at most so many. */
const GROWTH_MOST = 1_100;
const SLICE_MOST = 16_384;
/** So many slices may be on their way, none of which gave anything yet. */
const UNDERWAY_MOST = 4;

/**
 * The file itself, decompressed where it is compressed. It goes in by slices that together cannot give more than is still
 * allowed: memory is bounded, and what comes out before something broken counts.
 */
export async function unpacked(file: Uint8Array): Promise<Uint8Array | Refusal> {
  if (!isCompressed(file)) return file;
  if (file.length >= DECOMPRESSED_MOST) return tooLarge();
  const chunks: Uint8Array[] = [];
  let total = 0;
  let at = 0;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        if (at >= file.length) return controller.close();
        const room = Math.floor((DECOMPRESSED_MOST - total) / (GROWTH_MOST * UNDERWAY_MOST));
        const next = at + Math.min(SLICE_MOST, Math.max(1, room));
        controller.enqueue(new Uint8Array(file.slice(at, next)));
        at = next;
      },
    },
    { highWaterMark: 0 },
  );
  const reader = source.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      total += next.value.length;
      if (total >= DECOMPRESSED_MOST) {
        void reader.cancel();
        return tooLarge();
      }
      chunks.push(next.value);
    }
  } catch {
    return broken();
  }
  const out = new Uint8Array(total);
  let end = 0;
  for (const chunk of chunks) {
    out.set(chunk, end);
    end += chunk.length;
  }
  return out;
}
