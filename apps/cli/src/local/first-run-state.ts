import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const firstRunSteps = ['import', 'embed', 'train', 'classify', 'cluster', 'report'] as const;
export type FirstRunStep = (typeof firstRunSteps)[number];

/** Which steps of the first run are done: kept in the data directory, so that an interrupted one goes on. */
export class FirstRunState {
  private readonly path: string;

  constructor(dataFolder: string) {
    this.path = join(dataFolder, 'first-run.json');
  }

  /** Whether a first run was begun on this data directory. */
  begun(): boolean {
    return existsSync(this.path);
  }

  done(): readonly FirstRunStep[] {
    if (!this.begun()) return [];
    return (JSON.parse(readFileSync(this.path, 'utf8')) as { done: FirstRunStep[] }).done;
  }

  finished(): boolean {
    return this.done().length === firstRunSteps.length;
  }

  begin(): void {
    if (!this.begun()) this.save([]);
  }

  complete(step: FirstRunStep): void {
    if (!this.done().includes(step)) this.save([...this.done(), step]);
  }

  private save(done: readonly FirstRunStep[]): void {
    const draft = `${this.path}.part`;
    writeFileSync(draft, `${JSON.stringify({ done })}\n`);
    renameSync(draft, this.path);
  }
}
