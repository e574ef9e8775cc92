import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { crc32, zipped } from "../js/zip.js"

test("the checksum is that of the standard", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926)
})

test("another program reads the archive, names twice taken and Chinese ones too", async () => {
  const entries = ["a.png", "a.png", "雪山.jpg"].map((name, i) => ({ name, data: new Blob([`picture ${i}`]) }))
  const archive = await zipped(entries)
  const dir = mkdtempSync(join(tmpdir(), "zip-"))
  try {
    writeFileSync(join(dir, "x.zip"), Buffer.from(await archive.arrayBuffer()))
    const read = execFileSync("python3", ["-c", "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nfor i in z.infolist(): print(i.filename, z.read(i).decode())", join(dir, "x.zip")], { encoding: "utf8", env: { ...process.env, PYTHONUTF8: "1" } })
    assert.deepEqual(read.trim().split("\n"), ["a.png picture 0", "a-2.png picture 1", "雪山.jpg picture 2"])
  } finally {
    rmSync(dir, { recursive: true })
  }
})
