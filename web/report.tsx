import { render } from "preact";
import type { Report } from "../src/vocabulary/report.ts";
import { Page, Top } from "./page.tsx";

const report: Report = JSON.parse(document.getElementById("data")?.textContent ?? "");

render(
  <>
    <Top />
    <Page report={report} />
  </>,
  document.getElementById("app") as HTMLElement,
);
