// Pictures in one file: a ZIP that stores them as they are, for they are compressed already.
// The parts are Blobs, so the browser may keep them out of memory.

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
  return n
})

export function crc32(bytes) {
  let c = ~0
  for (const b of bytes) c = TABLE[(c ^ b) & 255] ^ (c >>> 8)
  return ~c >>> 0
}

const LIMIT = 2 ** 32 - 1 // beyond, the format has other fields, which not everything reads
const UTF8 = 0x0800 // names are UTF-8

// zipped takes entries {name, data: Blob} one by one, as an iterable or an async one, and
// answers the archive. It throws a RangeError where that would pass 4 GB.
export async function zipped(entries, now = new Date()) {
  const parts = [], index = []
  const names = new Set()
  let at = 0
  for await (const { name, data } of entries) {
    const bytes = new Uint8Array(await data.arrayBuffer())
    const file = new TextEncoder().encode(unique(name, names))
    const head = header(file, bytes, now)
    index.push({ head, file, at })
    parts.push(new Uint8Array([0x50, 0x4b, 3, 4]), head, file, data)
    at += 4 + head.length + file.length + bytes.length
    if (at > LIMIT) throw new RangeError("an archive of more than 4 GB")
  }
  const begin = at
  for (const entry of index) {
    const tail = new DataView(new ArrayBuffer(14))
    tail.setUint32(10, entry.at, true)
    parts.push(new Uint8Array([0x50, 0x4b, 1, 2, 20, 0]), entry.head, tail, entry.file)
    at += 6 + entry.head.length + 14 + entry.file.length
  }
  const end = new DataView(new ArrayBuffer(22))
  end.setUint32(0, 0x06054b50, true)
  end.setUint16(8, index.length, true)
  end.setUint16(10, index.length, true)
  end.setUint32(12, at - begin, true)
  end.setUint32(16, begin, true)
  return new Blob([...parts, end], { type: "application/zip" })
}

// header is what a file's own head and its line in the index have alike.
function header(file, bytes, now) {
  const h = new DataView(new ArrayBuffer(26))
  h.setUint16(0, 20, true)
  h.setUint16(2, UTF8, true)
  h.setUint16(6, (now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1), true)
  h.setUint16(8, ((now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate(), true)
  h.setUint32(10, crc32(bytes), true)
  h.setUint32(14, bytes.length, true)
  h.setUint32(18, bytes.length, true)
  h.setUint16(22, file.length, true)
  return new Uint8Array(h.buffer)
}

// unique adds a number to a name that is taken.
function unique(name, names) {
  const [, stem, end] = name.match(/^(.*?)(\.[^.]*)?$/)
  let tried = name
  for (let n = 2; names.has(tried); n++) tried = `${stem}-${n}${end ?? ""}`
  names.add(tried)
  return tried
}
