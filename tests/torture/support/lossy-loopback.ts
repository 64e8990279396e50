/**
 * A network of the process's own whose loopback loses packets. The kernel's netem does that where there is one; here it is
 * a classic BPF program on every packet, which needs no more than `tc` with cls_bpf.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const run = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: ["ignore", "pipe", "pipe"] });

/** Asks for a random number (SKF_AD_RANDOM, linux/filter.h) and drops the packet when it is small enough. */
function lossProgram(percent: number): string {
  const below = Math.round((2 ** 32 * percent) / 100);
  const [load, jumpIfAtLeast, answer] = [0x20, 0x35, 0x06];
  const [randomNumber, goOn, drop] = [0xfffff000 + 56, 0xffffffff, 2];
  return `4,${load} 0 0 ${randomNumber},${jumpIfAtLeast} 0 1 ${below},${answer} 0 0 ${goOn},${answer} 0 0 ${drop}`;
}

/** Whether this user may have a network of its own with such a program in it. */
export function canHaveOwnNetwork(): boolean {
  const script = `ip link set lo up && tc qdisc add dev lo clsact && tc filter add dev lo ingress bpf da bytecode '${lossProgram(1)}'`;
  try {
    run("unshare", "--net", "sh", "-c", script);
    return true;
  } catch {
    return false;
  }
}

/** For a process that is in a network of its own, which no other process sees. @throws when it cannot be had */
export function bringUpLossyLoopback(percent: number): void {
  // Packets as on an Ethernet: whole 64 KiB pieces would be lost otherwise.
  run("ip", "link", "set", "dev", "lo", "mtu", "1500", "gso_max_segs", "1", "up");
  run("tc", "qdisc", "add", "dev", "lo", "clsact");
  // Where packets come in: of one that is dropped on its way out the sender would know.
  run("tc", "filter", "add", "dev", "lo", "ingress", "bpf", "da", "bytecode", lossProgram(percent));
}

/** Of all TCP in this network (RFC 4022, tcpRetransSegs and tcpOutSegs). */
export function segmentsSentAgain(): { again: number; all: number } {
  const [names, numbers] = readFileSync("/proc/net/snmp", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("Tcp:"))
    .map((line) => line.split(" ")) as [string[], string[]];
  const value = (name: string) => Number(numbers[names.indexOf(name)]);
  return { again: value("RetransSegs"), all: value("OutSegs") + value("RetransSegs") };
}
