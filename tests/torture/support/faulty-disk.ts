/**
 * Makes calls on the disk fail in this process, for one recording at the n-th of them. What fails is Node's own `fs`,
 * under the real server; so it has to be installed before the server's modules are loaded.
 */
import fs from "node:fs";
import path from "node:path";

export type DiskError = "ENOSPC" | "EIO" | "EROFS";

export interface FaultPlan {
  /** Which call of the recording fails, from 1; 0: none, they are only counted. */
  nth: number;
  error: DiskError;
  /**
   * `once`: that call alone. `pause`: all from that one on, until {@link FaultPlan.calls} are through. `short`: a write takes
   * half of its bytes, and the next call fails. `dropped`: a sync fails, what was written since the last one turns to
   * zeros, as when the kernel drops the pages (LWN 752063), and so does every call up to the end of the plan.
   */
  mode: "once" | "pause" | "short" | "dropped";
  /** How many fail. */
  calls: number;
}

interface State {
  plan: FaultPlan;
  made: string[];
  failed: number;
  isShortened: boolean;
}

interface OpenFile {
  file: string;
  unsynced: { position: number; length: number }[];
}

// biome-ignore lint/suspicious/noExplicitAny: the calls are passed on as they come
type Call = (...args: any[]) => any;

export class FaultyDisk {
  /** Paths below it are concerned; "" before anything is. */
  root = "";
  readonly #states = new Map<string, State>();
  readonly #files = new Map<number, OpenFile>();
  /** For what happens before a recording has an id. */
  #next: { call: string; error: DiskError } | null = null;

  /** @param name of a recording's folder */
  plan(name: string, plan: FaultPlan): void {
    this.#states.set(name, { plan, made: [], failed: 0, isShortened: false });
  }

  /** Fails the next call of this kind on the folder of all recordings. */
  failNext(call: "mkdir" | "syncRoot", error: DiskError): void {
    this.#next = { call, error };
  }

  /** The calls that a recording's files and folder have had. */
  callsOf(name: string): readonly string[] {
    return this.#states.get(name)?.made ?? [];
  }

  failedOf(name: string): number {
    return this.#states.get(name)?.failed ?? 0;
  }

  install(): void {
    const real = { ...fs };
    const target = fs as unknown as Record<string, Call>;
    target.open = (file: string, ...rest: unknown[]) => {
      const done = rest.pop() as Call;
      const error = this.#hit(file, "open");
      if (error !== null) return void process.nextTick(done, error);
      (real.open as Call)(file, ...rest, (failure: Error | null, fd: number) => {
        if (failure === null && this.#nameOf(file) !== null) this.#files.set(fd, { file, unsynced: [] });
        done(failure, fd);
      });
    };
    target.close = (fd: number, done: Call) => {
      this.#files.delete(fd);
      real.close(fd, done as fs.NoParamCallback);
    };
    target.fdatasync = (fd: number, done: Call) => {
      const open = this.#files.get(fd);
      const error = this.#hit(open?.file, "sync");
      if (error === null) {
        real.fdatasync(fd, (failure) => {
          if (failure === null && open !== undefined) open.unsynced = [];
          done(failure);
        });
        return;
      }
      if (open !== undefined && this.#modeOf(open.file) === "dropped") {
        for (const { position, length } of open.unsynced) real.writeSync(fd, Buffer.alloc(length), 0, length, position);
      }
      process.nextTick(done, error);
    };
    target.writev = (fd: number, buffers: Buffer[], position: number, done: Call) => {
      const open = this.#files.get(fd);
      const error = this.#hit(open?.file, "write");
      if (error !== null) return void process.nextTick(done, error, 0);
      const all = this.#shorten(open?.file, buffers);
      real.writev(fd, all, position, (failure, written) => {
        open?.unsynced.push({ position, length: written });
        done(failure, written);
      });
    };
    target.ftruncate = (fd: number, length: number, done: Call) => {
      const error = this.#hit(this.#files.get(fd)?.file, "truncate");
      if (error !== null) return void process.nextTick(done, error);
      real.ftruncate(fd, length, done as fs.NoParamCallback);
    };
    this.#installPromises();
  }

  #installPromises(): void {
    const target = fs.promises as unknown as Record<string, Call>;
    const real = { ...target };
    target.mkdir = async (folder: string, ...rest: unknown[]) => {
      this.#hitRoot(path.dirname(String(folder)), "mkdir");
      return real.mkdir?.(folder, ...rest);
    };
    target.open = async (file: string, ...rest: unknown[]) => {
      const error = this.#hit(file, "open");
      if (error !== null) throw error;
      const handle = await real.open?.(file, ...rest);
      for (const [method, call] of [
        ["sync", "sync"],
        ["datasync", "sync"],
        ["appendFile", "write"],
      ] as const) {
        const original = handle[method].bind(handle) as Call;
        handle[method] = async (...args: unknown[]) => {
          if (method === "sync") this.#hitRoot(String(file), "syncRoot");
          const failure = this.#hit(file, call);
          if (failure !== null) throw failure;
          return original(...args);
        };
      }
      return handle;
    };
  }

  #nameOf(file: string | undefined): string | null {
    if (file === undefined || this.root === "" || !String(file).startsWith(`${this.root}${path.sep}`)) return null;
    return path.relative(this.root, String(file)).split(path.sep)[0] ?? null;
  }

  #stateOf(file: string | undefined): State | null {
    const name = this.#nameOf(file);
    return name === null ? null : (this.#states.get(name) ?? null);
  }

  #modeOf(file: string): FaultPlan["mode"] | null {
    return this.#stateOf(file)?.plan.mode ?? null;
  }

  /** Counts a call. @returns what it is to fail with */
  #hit(file: string | undefined, call: string): Error | null {
    const state = this.#stateOf(file);
    if (state === null) return null;
    state.made.push(call);
    const { nth, mode, error, calls } = state.plan;
    if (nth === 0 || state.failed >= calls) return null;
    // A write that is shortened succeeds; the one after it does not.
    const from = mode === "short" ? nth + 1 : nth;
    if (state.made.length < from) return null;
    state.failed += 1;
    return failure(error, call);
  }

  #hitRoot(folder: string, call: string): void {
    if (this.#next?.call !== call || folder !== this.root) return;
    const { error } = this.#next;
    this.#next = null;
    throw failure(error, call);
  }

  #shorten(file: string | undefined, buffers: Buffer[]): Buffer[] {
    const state = this.#stateOf(file);
    if (state === null || state.plan.mode !== "short" || state.isShortened) return buffers;
    if (state.made.length !== state.plan.nth) return buffers;
    state.isShortened = true;
    const all = Buffer.concat(buffers);
    return [all.subarray(0, Math.max(1, all.length >> 1))];
  }
}

function failure(code: DiskError, call: string): Error {
  return Object.assign(new Error(`${code}: injected, ${call}`), { code });
}
