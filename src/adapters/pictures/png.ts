import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The font that pictures are drawn with: without one, the drawing has no text and says nothing about it. */
const fonts = () => [
  require.resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"),
  require.resolve("dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf"),
];

/** The drawing as PNG, twice as large so that it is sharp on any screen; null where the drawing library has no build for this machine. */
export async function pngOf(svg: string): Promise<Buffer | null> {
  const library = await import("@resvg/resvg-js").catch(() => null);
  if (!library) return null;
  const drawn = new library.Resvg(svg, {
    fitTo: { mode: "zoom", value: 2 },
    font: { loadSystemFonts: false, fontFiles: fonts(), defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" },
  });
  return drawn.render().asPng();
}
