// Units of UN/ECE Recommendation 20 and the decimal places in which amounts of them are counted. gs1.md names the table
// but does not print it: these are the ones that its text and the vectors determine. Another unit does not decode.
const SCALES: Readonly<Record<string, number>> = {
  C62: 0,
  EA: 0,
  GRM: 6,
  H87: 0,
  KGM: 6,
  LTR: 6,
  MLT: 3,
};

export function scaleOf(unit: string): number | null {
  return Object.hasOwn(SCALES, unit) ? (SCALES[unit] ?? null) : null;
}
