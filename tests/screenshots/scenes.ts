/** Pictures that look like what people record: drawn as HTML, made real by the browser. */

const FONT = "font-family: 'DejaVu Sans', sans-serif";

function page(background: string, content: string): string {
  return `<!doctype html><style>*{box-sizing:border-box;margin:0}body{width:1280px;height:720px;overflow:hidden;background:${background};${FONT};position:relative}</style>${content}`;
}

/** Somebody in front of a camera, head and shoulders. */
function person({
  skin,
  hair,
  shirt,
  scale = 1,
}: {
  skin: string;
  hair: string;
  shirt: string;
  scale?: number;
}): string {
  return `<svg viewBox="0 0 400 400" style="position:absolute;left:50%;bottom:0;width:${58 * scale}%;transform:translateX(-50%)">
    <ellipse cx="200" cy="410" rx="170" ry="130" fill="${shirt}"/>
    <path d="M160 270 h80 v50 q-40 40 -80 0 z" fill="${skin}" style="filter:brightness(.88)"/>
    <path d="M108 190 q-14 -140 92 -140 q106 0 92 140 q0 50 -22 70 h-140 q-22 -20 -22 -70z" fill="${hair}"/>
    <ellipse cx="200" cy="195" rx="74" ry="92" fill="${skin}"/>
    <path d="M122 180 q10 -78 78 -78 q68 0 78 78 q-30 -40 -78 -44 q-48 4 -78 44z" fill="${hair}"/>
    <circle cx="173" cy="196" r="7" fill="#2b2523"/><circle cx="227" cy="196" r="7" fill="#2b2523"/>
    <path d="M174 244 q26 20 52 0" stroke="#8a4438" stroke-width="7" fill="none" stroke-linecap="round"/>
  </svg>`;
}

/** A room behind somebody: a wall, a window's light and a plant. */
function room(wall: string, light: string): string {
  return `<div style="position:absolute;inset:0;background:radial-gradient(circle at 22% 20%, ${light}, transparent 45%), linear-gradient(${wall})"></div>
    <svg viewBox="0 0 1280 720" style="position:absolute;inset:0;filter:blur(7px)">
      <rect x="880" y="90" width="300" height="210" rx="6" fill="#00000022"/><rect x="896" y="106" width="268" height="178" fill="#ffffff2e"/>
      <g fill="#3f7d58"><ellipse cx="130" cy="470" rx="40" ry="130" transform="rotate(-18 130 470)"/><ellipse cx="190" cy="460" rx="36" ry="140" transform="rotate(12 190 460)"/><ellipse cx="240" cy="510" rx="30" ry="110" transform="rotate(34 240 510)"/></g>
      <path d="M110 580 h140 l-18 140 h-104z" fill="#b4694a"/>
    </svg>`;
}

const CODE = [
  ["#c792ea", "export async function"],
  ["#82aaff", "  const offset = await writer.append(chunk);"],
  ["#7f8699", "  // only what is synced is acknowledged"],
  ["#c3e88d", '  socket.send({ type: "ack", offset });'],
  ["#f78c6c", "  if (offset < expected) return;"],
  ["#82aaff", "  for (const track of recording.tracks) {"],
  ["#c792ea", "    await compile(track, settings);"],
  ["#c3e88d", '    log.info({ track }, "track ready");'],
  ["#7f8699", "  }"],
  ["#82aaff", "  return finish(recording);"],
  ["#c792ea", "}"],
] as const;

function lines(rows: readonly (readonly [string, string])[], size = 21): string {
  return rows
    .map(
      ([colour, text]) =>
        `<div style="color:${colour};white-space:pre;line-height:1.85;font:${size}px/1.85 'DejaVu Sans Mono',monospace">${text.replace(/</g, "&lt;")}</div>`,
    )
    .join("");
}

function chart(colour: string, values: readonly number[], height: number): string {
  const points = values.map((value, index) => `${(index / (values.length - 1)) * 600},${height - value * height}`);
  return `<svg viewBox="0 0 600 ${height}" preserveAspectRatio="none" style="width:100%;height:${height}px;display:block">
    <polygon points="0,${height} ${points.join(" ")} 600,${height}" fill="${colour}22"/>
    <polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="4" stroke-linejoin="round"/></svg>`;
}

const WAVE = [0.2, 0.28, 0.25, 0.4, 0.36, 0.5, 0.62, 0.55, 0.7, 0.66, 0.82, 0.9, 0.84, 0.95];

function ridge(y: number, amplitude: number, seed: number): string {
  const points = Array.from({ length: 33 }, (_, index) => {
    const height = Math.sin(index * 0.7 + seed) * 0.6 + Math.sin(index * 1.9 + seed * 3) * 0.4;
    return `${index * 40},${Math.round(y - height * amplitude)}`;
  });
  return `0,720 ${points.join(" ")} 1280,720`;
}

/** HTML of 1280 × 720 pictures, by name. */
export const SCENES: Readonly<Record<string, string>> = {
  presenter: page(
    "#cfd8dc",
    `${room("#dfe5e4,#b9c4c6", "#fff7e0")}${person({ skin: "#e3ac87", hair: "#3b2a25", shirt: "#2f4858" })}`,
  ),
  interview: page(
    "#3a2f2a",
    `${room("#5b4a42,#2c2320", "#ffb86c88")}${person({ skin: "#8d5a3c", hair: "#1a1412", shirt: "#c08a3e" })}`,
  ),
  editor: page(
    "#1b1e2b",
    `<div style="position:absolute;inset:0 auto 0 0;width:230px;background:#151824;padding:28px 22px;color:#8b91a8;font-size:17px;line-height:2.2">▾ lib<br>&nbsp;&nbsp;ingest.ts<br>&nbsp;&nbsp;<span style="color:#fff">writer.ts</span><br>&nbsp;&nbsp;compile.ts<br>▸ server<br>▸ worker<br>▸ tests</div>
     <div style="position:absolute;left:230px;right:0;top:0;height:50px;background:#151824;color:#cdd3e6;font-size:17px;padding:15px 24px">writer.ts</div>
     <div style="position:absolute;left:280px;top:86px">${lines([...CODE, ...CODE.slice(0, 5)])}</div>
     <div style="position:absolute;right:36px;bottom:36px;width:250px;height:250px;border-radius:50%;overflow:hidden;border:5px solid #ffffff22;background:linear-gradient(#d9c3ad,#a98e78)">${person({ skin: "#edc09c", hair: "#7a4b2a", shirt: "#3d6b5c", scale: 1.5 })}</div>`,
  ),
  slides: page(
    "#f6f2ea",
    `<div style="padding:84px 96px;color:#22262b"><div style="font-size:20px;letter-spacing:.04em;color:#a3412f">Spring review</div>
     <div style="font-size:62px;font-weight:700;margin-top:14px;line-height:1.1">Fewer steps,<br>twice the finishes</div>
     <div style="display:flex;gap:34px;align-items:flex-end;height:270px;margin-top:60px">${[
       0.32, 0.41, 0.38, 0.56, 0.71, 0.94,
     ]
       .map(
         (value, index) =>
           `<div style="flex:1;height:${value * 100}%;background:${index === 5 ? "#c8452f" : "#d8cfc0"};border-radius:8px 8px 0 0"></div>`,
       )
       .join("")}</div></div>`,
  ),
  dashboard: page(
    "#eef1f4",
    `<div style="position:absolute;inset:0 auto 0 0;width:210px;background:#12263a"></div>
     <div style="position:absolute;left:250px;right:40px;top:40px;display:grid;grid-template-columns:repeat(3,1fr);gap:24px">
     ${[
       ["Orders", "1 284"],
       ["Revenue", "48 210"],
       ["Returns", "2.1 %"],
     ]
       .map(
         ([name, value]) =>
           `<div style="background:#fff;border-radius:14px;padding:26px"><div style="font-size:18px;color:#6b7a88">${name}</div><div style="font-size:40px;font-weight:700;color:#12263a;margin-top:8px">${value}</div></div>`,
       )
       .join("")}
     <div style="grid-column:1/-1;background:#fff;border-radius:14px;padding:30px">${chart("#1f7a8c", WAVE, 330)}</div></div>`,
  ),
  terminal: page(
    "#0c1014",
    `<div style="padding:52px 60px">${lines(
      [
        ["#8fd694", "$ git log --oneline"],
        ["#e8c37b", "5728aeb Wait for the disk before acknowledging"],
        ["#e8c37b", "1f0c9d2 Name each gap with its cause"],
        ["#e8c37b", "9ab3e47 Keep a take that was cut off"],
        ["#8fd694", "$ ffprobe -hide_banner recording.mp4"],
        ["#d5dde3", "  Duration: 00:12:05.03, start: 0.000000"],
        ["#7d8b95", "  Stream #0:0: Video: h264 (High), 1280x720"],
        ["#7d8b95", "  Stream #0:1: Audio: aac (LC), 48000 Hz"],
        ["#8fd694", "$ ▌"],
      ],
      25,
    )}</div>`,
  ),
  call: page(
    "#16181c",
    `<div style="position:absolute;inset:22px;display:grid;grid-template-columns:1fr 1fr;grid-template-rows:1fr 1fr;gap:16px">${[
      ["#8fb8c9,#5b8aa0", "#f0c8a4", "#51362a", "#2d3e50"],
      ["#d9b38c,#a9784f", "#9a6a4a", "#201815", "#6b8e6e"],
      ["#b7a6c9,#7c6a95", "#e6b590", "#b5793f", "#8c3f4d"],
      ["#a8c3a0,#6d8f68", "#c98d63", "#2a201c", "#d3a93f"],
    ]
      .map(
        ([wall, skin, hair, shirt]) =>
          `<div style="position:relative;border-radius:16px;overflow:hidden;background:linear-gradient(${wall})">${person({ skin: skin as string, hair: hair as string, shirt: shirt as string, scale: 0.85 })}</div>`,
      )
      .join("")}</div>`,
  ),
  mountains: page(
    "linear-gradient(#2d3561 0%,#8a4f7d 34%,#e8876b 58%,#f7c873 74%)",
    `<svg viewBox="0 0 1280 720" style="position:absolute;inset:0"><circle cx="860" cy="420" r="64" fill="#ffe9b8"/>
     <polygon points="${ridge(470, 70, 1)}" fill="#7a4a6d"/><polygon points="${ridge(540, 60, 4)}" fill="#4d3557"/><polygon points="${ridge(620, 46, 8)}" fill="#251c33"/></svg>`,
  ),
  whiteboard: page(
    "#fbfbf8",
    `<svg viewBox="0 0 1280 720" style="position:absolute;inset:0" fill="none" stroke-width="5" stroke-linecap="round" font-size="30">
     <g stroke="#27485e"><rect x="110" y="130" width="270" height="130" rx="14"/><rect x="510" y="270" width="270" height="130" rx="14"/><rect x="900" y="130" width="270" height="130" rx="14"/><rect x="510" y="510" width="270" height="120" rx="14"/></g>
     <g stroke="#c8452f"><path d="M382 200 q90 10 128 100 m-24 -14 l26 16 l4 -30"/><path d="M782 320 q100 -20 150 -56 m-30 -6 l32 4 l-8 30"/><path d="M645 402 v104 m-16 -22 l16 24 l16 -24"/></g>
     <g fill="#27485e" stroke="none" text-anchor="middle"><text x="245" y="205">browser</text><text x="645" y="345">server</text><text x="1035" y="205">worker</text><text x="645" y="580">disk</text></g></svg>`,
  ),
  phone: page(
    "linear-gradient(135deg,#d7e3fc,#c1d3fe 40%,#e2c9f0)",
    `<div style="position:absolute;left:50%;top:44px;transform:translateX(-50%);width:340px;height:720px;border-radius:48px;background:#111;padding:12px"><div style="background:#fff;border-radius:38px;height:100%;padding:52px 24px;color:#1c2330">
     <div style="font-size:28px;font-weight:700">Good morning</div>${["#ffd6a5", "#caffbf", "#9bf6ff"].map((colour, index) => `<div style="margin-top:22px;border-radius:22px;background:${colour};padding:22px;font-size:19px;height:128px">${["Run, 5 km", "Read, 20 min", "Water the ferns"][index]}</div>`).join("")}</div></div>`,
  ),
};
