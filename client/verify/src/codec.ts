// Declarative codecs: structs, enums, lists and options over the primitives of the canonical encoding.
import { fromHex, toHex, utf8Bytes, type Codec, type Hash, type Reader, type ValueOf, type Writer } from './bytes.ts';
import { Malformed } from './refusal.ts';

export const u8: Codec<number> = {
  read: (reader) => reader.byte(),
  write: (writer, value) => writer.byte(value),
};

export const bool: Codec<boolean> = {
  read: (reader) => {
    const value = reader.byte();
    if (value > 1) throw new Malformed('a bool is neither 0 nor 1');
    return value === 1;
  },
  write: (writer, value) => writer.byte(value ? 1 : 0),
};

function small(width: 2 | 4): Codec<number> {
  return {
    read: (reader) => Number(reader.unsigned(width)),
    write: (writer, value) => writer.unsigned(BigInt(value)),
  };
}

function signed(width: 2 | 4): Codec<number> {
  return {
    read: (reader) => {
      const raw = Number(reader.unsigned(width));
      return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
    },
    write: (writer, value) => writer.unsigned(BigInt(value >= 0 ? 2 * value : -2 * value - 1)),
  };
}

export const u16 = small(2);
export const u32 = small(4);
export const i16 = signed(2);
export const i32 = signed(4);

export const u64: Codec<bigint> = {
  read: (reader) => reader.unsigned(8),
  write: (writer, value) => writer.unsigned(value),
};

/** `n` bytes as they are. */
export function raw(n: number): Codec<Uint8Array> {
  return {
    read: (reader) => reader.take(n),
    write: (writer, value) => writer.put(value),
  };
}

/** Bytes behind their number. */
export const bytes: Codec<Uint8Array> = {
  read: (reader) => reader.take(reader.count()),
  write: (writer, value) => {
    writer.unsigned(BigInt(value.length));
    writer.put(value);
  },
};

/** 32 bytes, kept as hex so that they compare and index by value. */
export const hash: Codec<Hash> = {
  read: (reader) => toHex(reader.take(32)),
  write: (writer, value) => writer.put(fromHex(value)),
};

export function text(most: number): Codec<string> {
  return {
    read: (reader) => reader.text(most),
    write: (writer, value) => {
      const bytes = utf8Bytes(value);
      writer.unsigned(BigInt(bytes.length));
      writer.put(bytes);
    },
  };
}

export function list<T>(element: Codec<T>): Codec<T[]> {
  return {
    read: (reader) => {
      const count = reader.count();
      const out: T[] = [];
      for (let i = 0; i < count; i += 1) out.push(element.read(reader));
      return out;
    },
    write: (writer, values) => {
      writer.unsigned(BigInt(values.length));
      for (const value of values) element.write(writer, value);
    },
  };
}

export function option<T>(inner: Codec<T>): Codec<T | null> {
  return {
    read: (reader) => {
      const tag = reader.byte();
      if (tag > 1) throw new Malformed('an option is neither 0 nor 1');
      return tag === 0 ? null : inner.read(reader);
    },
    write: (writer, value) => {
      writer.byte(value === null ? 0 : 1);
      if (value !== null) inner.write(writer, value);
    },
  };
}

// The fields of a struct are of many types; each is read and written by its own codec only.
export type Fields = Readonly<Record<string, Codec<any>>>;
export type StructOf<F extends Fields> = { [K in keyof F]: ValueOf<F[K]> };

/** Fields stand in the order in which they are declared. */
export function struct<F extends Fields>(fields: F): Codec<StructOf<F>> {
  const entries = Object.entries(fields);
  return {
    read: (reader) => readFields(reader, entries, {}) as StructOf<F>,
    write: (writer, value) => writeFields(writer, entries, value),
  };
}

type Entries = readonly (readonly [string, Codec<unknown>])[];

function readFields(reader: Reader, entries: Entries, into: Record<string, unknown>): Record<string, unknown> {
  for (const [name, codec] of entries) into[name] = codec.read(reader);
  return into;
}

function writeFields(writer: Writer, entries: Entries, value: Readonly<Record<string, unknown>>): void {
  for (const [name, codec] of entries) codec.write(writer, value[name]);
}

export type Variants = Readonly<Record<string, readonly [number, Fields]>>;
export type UnionOf<V extends Variants> = { [N in keyof V]: { is: N } & StructOf<V[N][1]> }[keyof V];

/** An enum whose variants have fields: name to number and fields. */
export function union<V extends Variants>(variants: V): Codec<UnionOf<V>> {
  const byNumber = new Map<number, readonly [string, Entries]>();
  const byName = new Map<string, readonly [number, Entries]>();
  for (const [name, [number, fields]] of Object.entries(variants)) {
    byNumber.set(number, [name, Object.entries(fields)]);
    byName.set(name, [number, Object.entries(fields)]);
  }
  return {
    read: (reader) => {
      const found = byNumber.get(Number(reader.unsigned(4)));
      if (found === undefined) throw new Malformed('a variant is unknown');
      return readFields(reader, found[1], { is: found[0] }) as UnionOf<V>;
    },
    write: (writer, value) => {
      const found = byName.get(value.is as string);
      if (found === undefined) throw new Malformed('a variant is unknown');
      writer.unsigned(BigInt(found[0]));
      writeFields(writer, found[1], value);
    },
  };
}

/** An enum without fields, as its words in the order of their numbers. */
export function words<const W extends readonly string[]>(all: W): Codec<W[number]> {
  return {
    read: (reader) => {
      const word = all[Number(reader.unsigned(4))];
      if (word === undefined) throw new Malformed('a variant is unknown');
      return word;
    },
    write: (writer, value) => writer.unsigned(BigInt(all.indexOf(value))),
  };
}
