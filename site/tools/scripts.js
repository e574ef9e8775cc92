// Joins js/ and vendor/ into the scripts that are served, one for each page: over a slow line each
// round trip is dear, and what is compressed as one is smaller. Names stay as they are written, for
// whoever looks at the page in a debugger. With a folder as argument they go there.
import { build } from "esbuild"

const common = {
  outdir: process.argv[2] ?? ".",
  bundle: true,
  target: "es2022",
  minifySyntax: true,
  minifyWhitespace: true,
}
const alpine = "/* With Alpine.js 3.17.4, MIT licence, Copyright © 2019-2025 Caleb Porzio and contributors. */"
await build({ ...common, entryPoints: { app: "js/main.js", docs: "js/docs.js" }, format: "esm", banner: { js: alpine }, charset: "utf8" })
await build({ ...common, entryPoints: { early: "js/early.js" }, format: "iife" }) // no module: it does not wait
