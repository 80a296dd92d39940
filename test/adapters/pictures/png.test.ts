import { inflateSync } from "node:zlib";
import { expect, it } from "vitest";
import { pngOf } from "../../../src/adapters/pictures/png.ts";
import { chartSvg } from "../../../src/records/chart.ts";
import { record } from "../../records/pull-request-builder.ts";

/** Pixels of a PNG with 8 bits for each of red, green, blue, alpha: the only kind that is drawn here. */
function pixels(png: Buffer): { width: number; height: number; at(x: number, y: number): [number, number, number] } {
  const [width, height, depth, colour] = [png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]];
  expect([depth, colour]).toEqual([8, 6]);
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") data.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const raw = inflateSync(Buffer.concat(data));
  const row = width * 4;
  const out = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)] as number;
    for (let x = 0; x < row; x++) {
      const value = raw[y * (row + 1) + 1 + x] as number;
      const left = x >= 4 ? (out[y * row + x - 4] as number) : 0;
      const up = y > 0 ? (out[(y - 1) * row + x] as number) : 0;
      const corner = x >= 4 && y > 0 ? (out[(y - 1) * row + x - 4] as number) : 0;
      const guess = left + up - corner;
      const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
      const paeth = a <= b && a <= c ? left : b <= c ? up : corner;
      const by = [0, left, up, (left + up) >> 1, paeth][filter] as number;
      out[y * row + x] = (value + by) & 255;
    }
  }
  const at = (x: number, y: number) => [...out.subarray(y * row + x * 4, y * row + x * 4 + 3)] as [number, number, number];
  return { width, height, at };
}

/** Dark pixels inside a rectangle of the drawing, whose picture is twice as large. */
function ink(picture: ReturnType<typeof pixels>, [x, y, width, height]: [number, number, number, number]): number {
  let dark = 0;
  for (let py = y * 2; py < (y + height) * 2; py++)
    for (let px = x * 2; px < (x + width) * 2; px++) if (Math.max(...picture.at(px, py)) < 110) dark++;
  return dark;
}

it("draws the chart with its text, not only its bars", async () => {
  const svg = chartSvg(record());
  const png = await pngOf(svg);
  expect(png).not.toBeNull();
  const picture = pixels(png as Buffer);
  expect([picture.width, picture.height]).toEqual([1680, Number(/height="(\d+)"/.exec(svg)?.[1]) * 2]);
  const title: [number, number, number, number] = [24, 22, 400, 20];
  expect(ink(picture, title)).toBeGreaterThan(500);
  const bare = pixels((await pngOf(svg.replaceAll(/<text[\s\S]*?<\/text>/g, ""))) as Buffer);
  expect(ink(bare, title)).toBe(0);
  const [, x = "0", y = "0"] = /<rect class="head" x="([\d.]+)" y="([\d.]+)"/.exec(svg) ?? [];
  expect(picture.at(Number(x) * 2 + 20, Number(y) * 2 + 20)).toEqual([0x2d, 0xa4, 0x4e]);
});
