// Decompression in a browser.
import { DECOMPRESSED_MOST, broken, isCompressed, taken, tooLarge } from './gzip.ts';
import { FILE_BYTES_MOST } from './reading.ts';
import type { Refusal } from './refusal.ts';

/** A byte of deflated data gives at most so many. */
const GROWTH_MOST = 1_100;
const SLICE_MOST = 16_384;
/** So many slices may be on their way, none of which gave anything yet. */
const UNDERWAY_MOST = 4;

async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer());
}

/**
 * The file itself, decompressed where it is compressed. It goes in by slices that together cannot give more than is still
 * allowed: memory is bounded, however large the file, and what comes out before something broken counts.
 */
export async function unpacked(file: Blob): Promise<Uint8Array | Refusal> {
  if (!isCompressed(await bytesOf(file.slice(0, 2)))) return bytesOf(file.slice(0, FILE_BYTES_MOST + 1));
  const chunks: Uint8Array[] = [];
  let total = 0;
  let at = 0;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        if (at >= file.size) return controller.close();
        const room = Math.floor((DECOMPRESSED_MOST - total) / (GROWTH_MOST * UNDERWAY_MOST));
        const next = at + Math.min(SLICE_MOST, Math.max(1, room));
        controller.enqueue(await bytesOf(file.slice(at, next)));
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
  return taken(out);
}
