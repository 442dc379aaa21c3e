import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ServiceLog } from './service-log.js';
import { ServiceProcess, type ServicePlan } from './service-process.js';

export interface SupervisorOptions {
  readonly plans: readonly ServicePlan[];
  /** Folder for NAME.log. */
  readonly logFolder: string;
  /** Shows one line to the person. */
  readonly say: (line: string) => void;
  /** Time a service gets to say it is ready. */
  readonly readyTimeoutMs?: number;
  /** Time all services together get to stop before they are killed. */
  readonly stopTimeoutMs?: number;
  /** Wait before the first restart of a crashed service; doubled with each further one. */
  readonly backoffMs?: number;
}

/** A service that crashes more often than this within `crashWindowMs` is given up. */
const crashLimit = 5;
const crashWindowMs = 60_000;
const longestBackoffMs = 8_000;

/**
 * Runs services as child processes: starts them stage by stage, restarts those that crash, stops all in reverse
 * order. Children also end on their own when this process dies, because their IPC channel closes.
 */
export class Supervisor {
  /** Rejects when a service has been given up. */
  readonly gaveUp: Promise<never>;
  private readonly logs = new Map<string, ServiceLog>();
  private readonly running = new Map<string, ServiceProcess>();
  private readonly ready = new Set<string>();
  private readonly crashes = new Map<string, number[]>();
  private readonly wakers = new Set<() => void>();
  private stopping: Promise<void> | undefined;
  private giveUp: (reason: Error) => void = () => {};

  constructor(private readonly options: SupervisorOptions) {
    this.gaveUp = new Promise((_resolve, reject) => (this.giveUp = reject));
    this.gaveUp.catch(() => {});
    mkdirSync(options.logFolder, { recursive: true });
    for (const { name } of options.plans)
      this.logs.set(
        name,
        new ServiceLog(name, join(options.logFolder, `${name}.log`), (line) => this.sayOf(name, line)),
      );
  }

  /**
   * Starts every service and waits until all are ready.
   * @throws ServiceStartError of the first that is not; the others are then still to be stopped
   */
  async start(): Promise<void> {
    const stages = [...new Set(this.options.plans.map(({ stage }) => stage))].sort((a, b) => a - b);
    for (const stage of stages) {
      if (this.stopping) return;
      await Promise.all(this.options.plans.filter((plan) => plan.stage === stage).map((plan) => this.launch(plan)));
    }
  }

  /** Process ids by service, of those that run. */
  processIds(): ReadonlyMap<string, number> {
    return new Map([...this.running].map(([name, { pid }]) => [name, pid ?? 0]));
  }

  /** Stops every service, the last started first; resolves when no child is left. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  /** Ends every service at once. */
  kill(): void {
    for (const service of this.running.values()) service.kill();
  }

  private async launch(plan: ServicePlan): Promise<void> {
    const service = new ServiceProcess(plan, this.logs.get(plan.name)!);
    this.running.set(plan.name, service);
    void service.exited.then((how) => {
      if (this.running.get(plan.name) === service) this.running.delete(plan.name);
      if (this.ready.delete(plan.name) && !this.stopping) void this.restart(plan, how);
    });
    await service.ready(this.options.readyTimeoutMs ?? 120_000);
    this.ready.add(plan.name);
  }

  private async restart(plan: ServicePlan, how: string): Promise<void> {
    const { say } = this;
    for (let reason = how; !this.stopping;) {
      const recent = (this.crashes.get(plan.name) ?? []).filter((time) => Date.now() - time < crashWindowMs);
      this.crashes.set(plan.name, [...recent, Date.now()]);
      if (recent.length >= crashLimit) {
        const log = this.logs.get(plan.name)!.path;
        this.giveUp(
          new Error(`${plan.name} crashed ${recent.length + 1} times within a minute (${reason}); see ${log}.`),
        );
        return;
      }
      const wait = Math.min((this.options.backoffMs ?? 250) * 2 ** recent.length, longestBackoffMs);
      say(`${plan.name}: ended unexpectedly (${reason}); starting it again`);
      await this.sleep(wait);
      if (this.stopping) return;
      try {
        await this.launch(plan);
        say(`${plan.name}: running again`);
        return;
      } catch (error) {
        reason = (error as Error).message;
        this.running.get(plan.name)?.kill();
      }
    }
  }

  private readonly say = (line: string): void => {
    if (!this.stopping) this.options.say(line);
  };

  /** While a service starts, what it complains about comes with the failure. */
  private sayOf(name: string, line: string): void {
    if (this.ready.has(name)) this.say(line);
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.wakers.add(wake);
    });
  }

  private async stopAll(): Promise<void> {
    for (const wake of this.wakers) wake();
    const deadline = Date.now() + (this.options.stopTimeoutMs ?? 10_000);
    const stages = [...new Set(this.options.plans.map(({ stage }) => stage))].sort((a, b) => b - a);
    for (const stage of stages) {
      const names = this.options.plans.filter((plan) => plan.stage === stage).map(({ name }) => name);
      await Promise.all(names.map((name) => this.running.get(name)?.stop(deadline)));
    }
    await Promise.all([...this.logs.values()].map((log) => log.close()));
  }
}
