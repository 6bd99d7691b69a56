// Units of UN/ECE Recommendation 20 and the decimal places in which amounts of them are counted (gs1.md, "Units"). Another
// unit does not decode.
const BY_SCALE: readonly (readonly [number, string])[] = [
  [0, 'BQL C62 DZN E27 E53 EA H87 KT NMP PR SET SYR U2'],
  [2, 'CMK CMT'],
  [3, '2Q 4G CMQ FH M5 MC MGM MLT MMQ MMT MTR NIU Q34 Z9'],
  [6, '4N C18 GRM KGM LTR MCU MIU MTK'],
  [9, 'C34 GBQ MTQ TNE'],
];

const SCALES: ReadonlyMap<string, number> = new Map(
  BY_SCALE.flatMap(([scale, units]) => units.split(' ').map((unit) => [unit, scale] as const)),
);

export function scaleOf(unit: string): number | null {
  return SCALES.get(unit) ?? null;
}
