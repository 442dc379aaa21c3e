import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** The processor that figures were measured on. */
export interface Processor {
  readonly name: string;
  /**
   * Its instructions for sums of int8 products (VNNI on x64, dot products on ARM); empty if it has none, undefined if
   * the operating system does not say.
   */
  readonly int8Instructions: readonly string[] | undefined;
}

/** As the flags of /proc/cpuinfo call them. */
const known: Readonly<Record<string, string>> = {
  avx512_vnni: 'AVX512-VNNI',
  avx_vnni: 'AVX-VNNI',
  amx_int8: 'AMX-INT8',
  asimddp: 'ARM dot product',
  i8mm: 'ARM I8MM',
};

/** @param cpuinfo where the operating system lists the processor's instructions */
export function readProcessor(cpuinfo = '/proc/cpuinfo'): Processor {
  const name = cpus()[0]?.model.trim() || process.arch;
  let flags: string | undefined;
  try {
    flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync(cpuinfo, 'utf8'))?.[1];
  } catch {
    // Not Linux. Every Mac with an ARM processor has dot products.
    if (process.platform === 'darwin' && process.arch === 'arm64') flags = 'asimddp';
  }
  const has = flags === undefined ? undefined : new Set(flags.trim().split(/\s+/));
  return { name, int8Instructions: has && Object.keys(known).flatMap((flag) => (has.has(flag) ? known[flag] : [])) };
}

/** Whether 8-bit weights may overflow here: sums of two products in 16 bits, as x64 has them without VNNI. */
export function mayOverflow({ int8Instructions }: Processor): boolean {
  return process.arch === 'x64' && int8Instructions?.length === 0;
}

/** For people. */
export function describeProcessor({ name, int8Instructions }: Processor): string {
  if (int8Instructions === undefined) return `${name} (whether it has VNNI is not known)`;
  return `${name} (${int8Instructions.length === 0 ? 'without VNNI' : int8Instructions.join(', ')})`;
}
