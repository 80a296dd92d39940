import type { Report } from "../../src/vocabulary/report.ts";

/** What the runs stood on, and what was tried under just that before the first of them. */
export function Isolation({ isolation }: { isolation: Report["conditions"]["isolation"] }) {
  if (isolation === null) return null;
  const { level, rung, network, probes, why } = isolation;
  return (
    <div id="isolation">
      <h3>How the runs were kept apart</h3>
      <p>
        {level} {rung}, network {network ? "as it is" : "off"}.
        {rung === "external" && " That this machine is a throw-away was the user's word."}
        {why !== null && <span class="quiet"> Not stronger: {why}.</span>}
      </p>
      {probes.length === 0 ? (
        <p class="quiet">It was not tried what they could do.</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>Tried by a run</th>
                <th>Outcome</th>
              </tr>
            </thead>
            <tbody>
              {probes.map(({ name, open }) => (
                <tr>
                  <td>{name}</td>
                  <td>{open ? <b class="warn">open</b> : "blocked"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
