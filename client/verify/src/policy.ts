// Who must sign an act, and the decision on it (policy.md).
import type { Hash } from './bytes.ts';
import { numberOf, type Operation, type Slot } from './operations.ts';
import type { ActRow, KINDS, Lane, PolicyPack, SignerNeed, SignerSet } from './pack.ts';
import type { Decision, OrgRecord } from './records.ts';

export interface Signer {
  slot: Slot;
  record: OrgRecord;
}

/** Two parties that the body of a handover fixes; in other acts any organisation may be one. */
interface Parties {
  principal: Hash | null;
  counterpart: Hash | null;
}

function partiesOf(op: Operation): Parties {
  if (op.is !== 'handover') return { principal: null, counterpart: null };
  return { principal: op.terms.giver, counterpart: op.terms.receiver };
}

function isOfKind(kind: OrgRecord['kind'], wanted: (typeof KINDS)[number]): boolean {
  return kind.is === 'mechanism' ? wanted === `${kind.mechanism}-mechanism` : wanted === kind.is;
}

function isAgencyNeed(need: SignerNeed): boolean {
  return need.who.is === 'agency' || need.who.is === 'any-agency';
}

/** Whether an organisation left before what happens at `height`. */
export function leftBefore(org: OrgRecord, height: bigint): boolean {
  return org.left !== null && org.left.height < height;
}

class Assignment {
  private readonly met: Signer[][];
  private principal: Hash | null = null;

  constructor(
    private readonly needs: SignerSet,
    private readonly signers: readonly Signer[],
    private readonly parties: Parties,
    private readonly height: bigint,
  ) {
    this.met = needs.map(() => []);
  }

  /** The organisation that met *principal*, or the first slot's; null where the alternative is not met. */
  find(): { principal: Hash | null } | null {
    if (!this.place(0)) return null;
    return { principal: this.principal };
  }

  /** Slots in their order, each at the first need that it can meet together with all others. */
  private place(index: number): boolean {
    const signer = this.signers[index];
    if (signer === undefined) return this.met.every((one) => one.length > 0);
    return this.needs.some((need, i) => {
      const met = this.met[i];
      if (met === undefined || !this.meets(need, met, signer)) return false;
      const before = this.principal;
      if (need.who.is === 'principal') this.principal = signer.slot.org;
      met.push(signer);
      if (this.place(index + 1)) return true;
      met.pop();
      this.principal = before;
      return false;
    });
  }

  private meets(need: SignerNeed, met: readonly Signer[], { slot, record }: Signer): boolean {
    if (slot.role !== need.role) return false;
    if (met.length > 0 && (!need.many || met.some((other) => other.slot.org === slot.org))) return false;
    switch (need.who.is) {
      case 'principal':
        if (this.parties.principal !== null && this.parties.principal !== slot.org) return false;
        return this.principal === null || this.principal === slot.org;
      case 'counterpart':
        return this.parties.counterpart === null || this.parties.counterpart === slot.org;
      case 'agency':
        return (
          record.kind.is === 'agency' && record.kind.function === need.who.function && this.agencyIsFree(slot, record)
        );
      case 'any-agency':
        return record.kind.is === 'agency' && this.agencyIsFree(slot, record);
      case 'kind':
        return isOfKind(record.kind, need.who.kind);
      case 'anyone':
        return true;
    }
  }

  /** One agency meets one need for agencies, whatever keys it has. */
  private agencyIsFree(slot: Slot, record: OrgRecord): boolean {
    if (leftBefore(record, this.height)) return false;
    return !this.needs.some(
      (need, i) => isAgencyNeed(need) && (this.met[i] ?? []).some((other) => other.slot.org === slot.org),
    );
  }
}

export function rowOf(pack: PolicyPack, op: Operation): ActRow | null {
  const number = String(numberOf(op));
  return pack.acts.find((row) => row.act === number) ?? null;
}

/** The principal of the act if the signers meet one of the alternatives of its row, in their order; else null. */
export function principalOf(row: ActRow, op: Operation, signers: readonly Signer[], height: bigint): Hash | null {
  const parties = partiesOf(op);
  for (const alternative of row.any) {
    const found = new Assignment(alternative, signers, parties, height).find();
    if (found !== null) return found.principal ?? signers[0]?.slot.org ?? null;
  }
  return null;
}

function laneOf(op: Operation): Lane | null {
  if (op.is === 'declare' && op.exempt) return 'declaration-exempt';
  if (op.is === 'inspect' && op.result === 'exempt') return 'inspection-exempt';
  return null;
}

const GROUNDS_MOST = 24;

/** Whether this is the decision that the pack asks for. */
export function decisionFits(decision: Decision, pack: PolicyPack, row: ActRow, op: Operation): boolean {
  const lane = laneOf(op);
  const rule = pack.lanes.find((one) => one.lane === lane)?.rule ?? row.rule;
  const own = row.article !== null && rule === row.rule ? row.article : null;
  const article = own ?? pack.articles.find((one) => one.rule === rule)?.article ?? '';
  return (
    decision.version === pack.version &&
    decision.rule === rule &&
    decision.article === article &&
    decision.grounds.length <= GROUNDS_MOST
  );
}
