import { totalmem } from 'node:os';
import { DomainError } from '@cairn/contracts';

/** Share of the memory that models may have: the rest is for texts, tokenizers, heads and the system. */
const share = 0.6;

/** Bytes that models may take if nothing is configured: a share of the machine's or the container's memory. */
export function defaultMemoryLimit(): number {
  // Without a limit, constrainedMemory gives 0 or a number beyond any machine.
  const constrained = process.constrainedMemory() || Infinity;
  return Math.floor(share * Math.min(totalmem(), constrained));
}

/** Memory that is set aside for one model. */
export interface Booking {
  readonly bytes: number;
  /** Books another amount instead. Throws as `book` does, and then leaves everything as it was. */
  change(bytes: number, unloadable: readonly Unloadable[]): void;
  release(): void;
}

/** A model that could make room. */
export interface Unloadable {
  readonly id: string;
  readonly bytes: number;
}

/** Memory that models may take together. Booked before a model is loaded, given back when its threads have ended. */
export class MemoryBudget {
  private booked = 0;

  constructor(readonly limit: number) {}

  get free(): number {
    return Math.max(0, this.limit - this.booked);
  }

  /**
   * Sets memory aside for a model.
   * @param unloadable what the caller could unload instead
   * @throws CONFLICT for field "source" if it is not free, with what is needed, what is free and what could go
   */
  book(id: string, bytes: number, unloadable: readonly Unloadable[]): Booking {
    let held = 0;
    const change = (wanted: number, others: readonly Unloadable[]) => {
      const free = this.limit - this.booked + held;
      if (wanted > free) throw noRoom(id, wanted, Math.max(0, free), this.limit, others);
      this.booked += wanted - held;
      held = wanted;
    };
    change(bytes, unloadable);
    return {
      get bytes() {
        return held;
      },
      change,
      release: () => {
        this.booked -= held;
        held = 0;
      },
    };
  }
}

function noRoom(id: string, bytes: number, free: number, limit: number, unloadable: readonly Unloadable[]) {
  const names = unloadable.map((other) => `${other.id} (${megabytes(other.bytes)})`);
  const way = names.length > 0 ? `Unload ${names.join(' or ')}, or raise` : 'Raise';
  return DomainError.conflict(
    `${id} needs ${megabytes(bytes)} of memory; ${megabytes(free)} of the ${megabytes(limit)} for models are free. ${way} MODEL_MEMORY_LIMIT_MB.`,
    'source',
  );
}

/** Rounded up, so that what is needed never reads the same as what is free. */
const megabytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20).toLocaleString('en-US')} MB`;
