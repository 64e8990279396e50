import { describe, expect, it } from "vitest";
import { DEFAULT_NETWORKS, isAddressAllowed, parseAllowedNetworks } from "@/lib/server/outbound/allowed-networks";

const usual = parseAllowedNetworks(DEFAULT_NETWORKS);

describe("without a setting", () => {
  it.each([
    "1.1.1.1",
    "93.184.216.34",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.64",
    "2606:4700:4700::1111",
    "fd12:3456::1",
    "::ffff:192.168.1.64",
    "64:ff9b::c0a8:140",
    "64:ff9b::1.1.1.1",
    "2002:c0a8:0140::1",
  ])("%s may be reached", (address) => {
    expect(isAddressAllowed(usual, address)).toBe(true);
  });

  it.each([
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "169.254.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "203.0.113.9",
    "224.0.0.251",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "0:0:0:0:0:0:0:1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "2001:db8::1",
    "2001::1",
    "100::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::127.0.0.1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "not an address",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "",
  ])("%s may not", (address) => {
    expect(isAddressAllowed(usual, address)).toBe(false);
  });
});

describe("what the administrator lists", () => {
  it("opens networks, but not what is this machine's or its link's inside them", () => {
    const all = parseAllowedNetworks("0.0.0.0/0, ::/0");
    expect(isAddressAllowed(all, "100.64.0.1")).toBe(true);
    expect(isAddressAllowed(all, "2001:db8::1")).toBe(true);
    for (const address of ["127.0.0.1", "169.254.169.254", "::1", "fe80::1", "64:ff9b::7f00:1", "224.0.0.1"]) {
      expect(isAddressAllowed(all, address)).toBe(false);
    }
  });

  it("opens a single address of those when it is named", () => {
    const named = parseAllowedNetworks("127.0.0.1 ::1");
    expect(isAddressAllowed(named, "127.0.0.1")).toBe(true);
    expect(isAddressAllowed(named, "::ffff:127.0.0.1")).toBe(true);
    expect(isAddressAllowed(named, "::1")).toBe(true);
    expect(isAddressAllowed(named, "127.0.0.2")).toBe(false);
    expect(isAddressAllowed(named, "1.1.1.1")).toBe(false);
  });

  it("can be less than usual", () => {
    const one = parseAllowedNetworks("192.168.7.0/25");
    expect(isAddressAllowed(one, "192.168.7.127")).toBe(true);
    expect(isAddressAllowed(one, "192.168.7.128")).toBe(false);
    expect(isAddressAllowed(one, "10.0.0.1")).toBe(false);
  });

  it.each(["10.0.0.0/33", "10.0.0/8", "localhost", "fd00::/129", "10.0.0.0/8/8", "10.0.0.0/-1"])(
    "is not %s",
    (entry) => {
      expect(() => parseAllowedNetworks(entry)).toThrow(entry);
    },
  );
});
