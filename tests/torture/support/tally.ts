/** What a torture run counts, how a stored track is compared with what was sent, and how it is all printed. */

export class Tally {
  /** Bytes that were acknowledged and are not there, or not where they belong. */
  lostBytes = 0;
  /** Bytes that are stored and were not sent at that place. */
  duplicatedBytes = 0;
  stuckRecordings = 0;
  /** One sentence for each of the above. */
  readonly findings: string[] = [];

  lost(bytes: number, what: string): void {
    if (bytes <= 0) return;
    this.lostBytes += bytes;
    this.findings.push(`lost ${bytes} bytes: ${what}`);
  }

  duplicated(bytes: number, what: string): void {
    if (bytes <= 0) return;
    this.duplicatedBytes += bytes;
    this.findings.push(`${bytes} bytes that were not sent there: ${what}`);
  }

  stuck(what: string): void {
    this.stuckRecordings += 1;
    this.findings.push(`stuck: ${what}`);
  }

  /**
   * Compares a stored track with what its source sent.
   *
   * @param ackedBytes how much of it the source was told is durable
   */
  compare(stored: Buffer, sent: Buffer, ackedBytes: number, what: string): void {
    const same = commonPrefix(stored, sent);
    this.lost(ackedBytes - same, what);
    this.duplicated(stored.length - same, what);
  }

  get isClean(): boolean {
    return this.lostBytes === 0 && this.duplicatedBytes === 0 && this.stuckRecordings === 0;
  }

  get line(): string {
    return `lost ${this.lostBytes} acknowledged bytes, ${this.duplicatedBytes} duplicated, ${this.stuckRecordings} recordings stuck`;
  }
}

function commonPrefix(one: Buffer, other: Buffer): number {
  const length = Math.min(one.length, other.length);
  if (one.subarray(0, length).equals(other.subarray(0, length))) return length;
  for (let at = 0; at < length; at += 1) if (one[at] !== other[at]) return at;
  return length;
}

/** Prints a table with a row for each fact, what was found, and the line; the process then ends with 1 unless all is well. */
export function report(title: string, facts: Readonly<Record<string, string | number>>, tally: Tally): void {
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  console.log(`\n${title}\n`);
  for (const [name, value] of Object.entries(facts)) console.log(`${name.padEnd(width)}  ${value}`);
  if (tally.findings.length > 0) console.log("");
  for (const finding of tally.findings.slice(0, 20)) console.log(finding);
  if (tally.findings.length > 20) console.log(`… and ${tally.findings.length - 20} more`);
  console.log(`\n${tally.line}`);
  process.exitCode = tally.isClean ? 0 : 1;
}

/** `12.3 MB` */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A whole number above 0 from the command line. @throws when it is none */
export function count(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new Error(`--${name} must be a whole number from 1, not "${text}"`);
  return number;
}
