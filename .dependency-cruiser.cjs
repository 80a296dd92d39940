/** Which room may look into which (docs/architecture.md). A room may always look into itself. */
const rooms = {
  vocabulary: [],
  method: ["vocabulary"],
  records: ["vocabulary", "method"],
  steps: ["vocabulary", "method", "records"],
  session: ["vocabulary", "method", "steps"],
  minds: ["vocabulary", "method", "records"],
  adapters: ["vocabulary"],
};

const pure = "^src/(vocabulary|method|records|steps|session|minds)/";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "nothing-imports-entry", severity: "error", from: { pathNot: "^src/entry/" }, to: { path: "^src/entry/" } },
    { name: "pure-rooms-have-no-hands", severity: "error", from: { path: pure }, to: { dependencyTypes: ["core"] } },
    {
      name: "pure-rooms-use-zod-only-in-vocabulary",
      severity: "error",
      from: { path: "^src/(method|records|steps|session|minds)/" },
      to: { dependencyTypes: ["npm"] },
    },
    ...Object.entries(rooms).map(([room, may]) => ({
      name: `${room}-looks-only-where-it-may`,
      severity: "error",
      from: { path: `^src/${room}/` },
      to: { path: "^src/", pathNot: `^src/(${[room, ...may].join("|")})/` },
    })),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".js"] },
  },
};
