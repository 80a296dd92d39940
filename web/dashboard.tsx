import { render } from "preact";
import { Panel } from "./live/panel.tsx";
import { follow, report } from "./live/store.ts";
import { Page, Top } from "./page.tsx";

/** The page of a session as it grows; without one, what to do. */
function Dashboard() {
  const shown = report.value;
  return (
    <>
      <Top />
      <Panel />
      {shown ? <Page key={shown.session} report={shown} /> : <main id="main" />}
    </>
  );
}

render(<Dashboard />, document.getElementById("app") as HTMLElement);
follow("");
