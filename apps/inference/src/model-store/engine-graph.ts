import { randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fromFailure } from '../threads/from-failure.js';
import { checkUnchanged } from './content-hash.js';
import { graphName, stateName, type EngineGraphState } from './engine-graph-files.js';
import type { EngineGraphData, EngineGraphResult } from './engine-graph.worker.js';
import type { ModelFolder } from './model-folder.js';

/** Changes when prepareEncoder gives another graph for the same file: graphs of older versions are not used again. */
const engineVersion = 3;

/** The graph that sessions run: the encoder's own, rewritten, with its data beside it. */
export interface EngineGraph extends EngineGraphState {
  readonly file: string;
  /** Folder of what else is known of the encoder on this machine. */
  readonly folder: string;
}

/** Rewritten graphs, by the encoder's revision. They can be deleted at any time: they are made again. */
export class EngineGraphs {
  private constructor(private readonly root: string) {}

  /**
   * @param root where to keep them; if it cannot be written to, a temporary folder that goes with the process
   */
  static in(root: string): EngineGraphs {
    try {
      mkdirSync(root, { recursive: true });
      accessSync(root, constants.W_OK);
      return new EngineGraphs(root);
    } catch {
      const temporary = mkdtempSync(join(tmpdir(), 'cairn-engine-'));
      process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));
      return new EngineGraphs(temporary);
    }
  }

  /**
   * The engine graph of an encoder; made once for each revision.
   * @throws INVALID_INPUT for field "source" if the file is not ONNX, or holds weights that are no numbers; CONFLICT if
   *   it changes while it is read
   */
  async of(folder: ModelFolder, revision: string): Promise<EngineGraph> {
    const target = join(this.root, `${revision}-v${engineVersion}`);
    const known = await readState(target);
    if (known !== undefined) return known;
    const making = join(this.root, `.${randomUUID()}`);
    try {
      const { onnxFile, layers, dimension: hidden, vocabularySize, goldenFile } = folder;
      const compare = goldenFile === undefined;
      await runWorker({ onnxFile, target: making, layers, hidden, vocabularySize, compare });
      await checkUnchanged(folder.path, revision);
      await mkdir(this.root, { recursive: true });
      // Another replica may have been faster; its graph is as good.
      await rename(making, target).catch(async (error: unknown) => {
        if ((await readState(target)) === undefined) throw error;
      });
    } finally {
      await rm(making, { recursive: true, force: true });
    }
    return (await readState(target)) as EngineGraph;
  }
}

async function readState(folder: string): Promise<EngineGraph | undefined> {
  try {
    const state = JSON.parse(await readFile(join(folder, stateName), 'utf8')) as EngineGraphState;
    return { ...state, folder, file: join(folder, graphName) };
  } catch {
    return undefined;
  }
}

function runWorker(data: EngineGraphData): Promise<EngineGraphState> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(__dirname, 'engine-graph.worker.js'), { workerData: data });
    worker.on('message', (result: EngineGraphResult) => {
      if ('state' in result) resolve(result.state);
      else reject(fromFailure(result.failure));
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`The thread that prepares graphs ended with code ${code}.`)));
  });
}
