/**
 * The jobs of a queue that run in this process. A job that comes here again while it runs here had its lock run out: this
 * process, or Redis, was too busy for it to be renewed. It goes on, and is not begun beside itself.
 */

export interface JobEnd<Outcome> {
  outcome: Outcome;
  /** The job has not come again since: this call holds its lock and is the one to move it in the queue. */
  isHolder: boolean;
}

export class RunningJobs<Outcome> {
  readonly #running = new Map<string, { done: Promise<Outcome>; holder: symbol }>();

  /** Does the work of a job, or waits for the one that does it already. @throws what the work throws */
  async run(jobId: string, work: () => Promise<Outcome>): Promise<JobEnd<Outcome>> {
    const holder = Symbol(jobId);
    let job = this.#running.get(jobId);
    if (job === undefined) {
      const done = work().finally(() => this.#running.delete(jobId));
      job = { done, holder };
      this.#running.set(jobId, job);
    }
    job.holder = holder;
    const outcome = await job.done;
    return { outcome, isHolder: job.holder === holder };
  }
}
