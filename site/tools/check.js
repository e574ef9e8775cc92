// Fails where a built file is not what its sources make.
import { execFileSync } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

const run = (...args) => execFileSync(args[0], args.slice(1), { stdio: ["ignore", "inherit", "ignore"] })
const made = await mkdtemp(join(tmpdir(), "page-"))
try {
  run("node", "tools/page.js", made)
  run("node", "tools/scripts.js", made)
  run("tailwindcss", "-i", "app.in.css", "-o", join(made, "app.css"), "--minify")
  for (const name of ["index.html", "components.html", "docs.html", "app.css", "app.js", "docs.js", "early.js"]) {
    const [now, want] = await Promise.all([readFile(name), readFile(join(made, name))])
    if (!now.equals(want)) {
      console.error(`site/${name} is not built from its sources: make site`)
      process.exitCode = 1
    }
  }
} finally {
  await rm(made, { recursive: true })
}
