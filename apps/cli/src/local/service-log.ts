import { createWriteStream, renameSync, statSync, type WriteStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const rotateBytes = 8 * 1024 * 1024;
const keptLines = 20;
/** pino's number for a warning. */
const warning = 40;

/**
 * What one service writes: everything into its file, warnings and errors in one line to the terminal too. Keeps the
 * last lines, to show when the service dies.
 */
export class ServiceLog {
  private readonly file: WriteStream;
  private readonly tail: string[] = [];
  private lastSaid = '';

  /** @param say shows one line to the person */
  constructor(
    private readonly name: string,
    readonly path: string,
    private readonly say: (line: string) => void,
  ) {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > rotateBytes) renameSync(path, `${path}.1`);
    this.file = createWriteStream(path, { flags: 'a' });
    this.file.on('error', (error) => say(`${name}: cannot write ${path}: ${error.message}`));
  }

  /** Takes in one output stream of the service. */
  follow(stream: NodeJS.ReadableStream): void {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    stream.on('data', (chunk: Buffer) => {
      this.file.write(chunk);
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.take(line);
    });
  }

  /** The last lines, oldest first. */
  lastLines(): readonly string[] {
    return this.tail;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.file.end(resolve));
  }

  private take(line: string): void {
    if (line.trim() === '') return;
    this.tail.push(line);
    if (this.tail.length > keptLines) this.tail.shift();
    const entry = parseEntry(line);
    if (entry === undefined || entry.level < warning || entry.msg === this.lastSaid) return;
    this.lastSaid = entry.msg;
    this.say(`${this.name}: ${entry.level > warning ? 'error' : 'warning'}: ${brief(entry)}`);
  }
}

interface LogEntry {
  readonly level: number;
  readonly msg: string;
  readonly err?: { readonly message?: string };
}

function parseEntry(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { level, msg = '', err } = JSON.parse(line) as Partial<LogEntry>;
    return level === undefined ? undefined : { level, msg, err };
  } catch {
    return undefined;
  }
}

function brief({ msg, err }: LogEntry): string {
  const cause = err?.message && !msg.includes(err.message) ? ` (${err.message.split('\n')[0]})` : '';
  return `${msg.split('\n')[0]}${cause}`;
}
