// Identifiers of things (gs1.md): what decodes, and how it is written for people.
import { where, type Codec, type ValueOf } from './bytes.ts';
import { struct, text, u16, u64, union, words } from './codec.ts';
import { scaleOf } from './units.ts';

/** GS1 General Specifications, section 7.9: the last digit makes the weighted sum a multiple of ten. */
function checkDigitHolds(value: bigint, digits: number): boolean {
  if (value >= 10n ** BigInt(digits)) return false;
  const text = value.toString().padStart(digits, '0');
  let sum = 0;
  for (let i = 0; i < digits; i += 1) sum += Number(text.charAt(i)) * ((digits - i) % 2 === 0 ? 3 : 1);
  return sum % 10 === 0;
}

function number(digits: number, what: string): Codec<bigint> {
  return where(u64, (value) => checkDigitHolds(value, digits), `this is no ${what}`);
}

export const gtin = number(14, 'GTIN');
export const sscc = number(18, 'SSCC');
export const gln = number(13, 'GLN');

const SET_82 = /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}$/;
const SCHEME = /^[a-z0-9-]{1,16}$/;
const PRINTABLE = /^[\x20-\x7e]{1,64}$/;

function matching(most: number, pattern: RegExp, what: string): Codec<string> {
  return where(text(most), (value) => pattern.test(value), `this is no ${what}`);
}

export const itemCode = union({
  Lot: [0, { gtin, lot: matching(20, SET_82, 'lot') }],
  Serial: [1, { gtin, serial: matching(20, SET_82, 'serial') }],
  Other: [2, { scheme: matching(16, SCHEME, 'scheme'), value: matching(64, PRINTABLE, 'value') }],
  Unit: [3, { sscc }],
});
export type ItemCode = ValueOf<typeof itemCode>;

export const classCode = union({
  Gtin: [0, { gtin }],
  Other: [1, { scheme: text(16), value: text(64) }],
});
export type ClassCode = ValueOf<typeof classCode>;

const HS_LENGTHS = { WCO: [6], CN: [10, 13], HK: [8], MO: [8] } as const;

export const hsCode = where(
  struct({
    jurisdiction: words(['WCO', 'CN', 'HK', 'MO']),
    edition: where(u16, (year) => year === 2022 || year === 2028, 'this is no edition of the HS'),
    digits: text(13),
  }),
  ({ jurisdiction, digits }) => {
    const lengths: readonly number[] = HS_LENGTHS[jurisdiction];
    const chapter = Number(digits.slice(0, 2));
    return (
      /^[0-9]+$/.test(digits) && lengths.includes(digits.length) && chapter >= 1 && chapter <= 97 && chapter !== 77
    );
  },
  'this is no HS code',
);
export type HsCode = ValueOf<typeof hsCode>;

export const AMOUNT_MOST = 10n ** 18n - 1n;

export const quantity = struct({
  amount: where(u64, (amount) => amount <= AMOUNT_MOST, 'an amount is too large'),
  unit: where(text(3), (unit) => scaleOf(unit) !== null, 'a unit is unknown'),
});
export type Quantity = ValueOf<typeof quantity>;

/** `12.5 MLT`: without trailing zeros. */
export function quantityText({ amount, unit }: Quantity): string {
  const scale = scaleOf(unit) ?? 0;
  const digits = amount.toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const rest = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${rest === '' ? whole : `${whole}.${rest}`} ${unit}`;
}

/** Everything but letters, digits and `-._~` is percent-encoded; the texts are ASCII. */
function percentEncoded(value: string): string {
  return value.replace(/[^A-Za-z0-9\-._~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function digits(value: bigint, count: number): string {
  return value.toString().padStart(count, '0');
}

export function glnText(value: bigint): string {
  return digits(value, 13);
}

export function hsText({ jurisdiction, edition, digits: code }: HsCode): string {
  return `HS${edition}-${jurisdiction}-${code}`;
}

/** The canonical GS1 Digital Link, or the `hufu:` code of another scheme. */
export function codeText(code: ItemCode): string {
  switch (code.is) {
    case 'Lot':
      return `https://id.gs1.org/01/${digits(code.gtin, 14)}/10/${percentEncoded(code.lot)}`;
    case 'Serial':
      return `https://id.gs1.org/01/${digits(code.gtin, 14)}/21/${percentEncoded(code.serial)}`;
    case 'Other':
      return `hufu:${percentEncoded(code.scheme)}/${percentEncoded(code.value)}`;
    case 'Unit':
      return `https://id.gs1.org/00/${digits(code.sscc, 18)}`;
  }
}

/** A code is of a class: same GTIN, same scheme, or a logistic unit of the class of logistic units. */
export function codeIsOf(code: ItemCode, of: ClassCode): boolean {
  switch (code.is) {
    case 'Lot':
    case 'Serial':
      return of.is === 'Gtin' && of.gtin === code.gtin;
    case 'Other':
      return of.is === 'Other' && of.scheme === code.scheme;
    case 'Unit':
      return of.is === 'Other' && of.scheme === 'sscc' && of.value === 'logistic-unit';
  }
}
