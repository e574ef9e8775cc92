// A request of the API as a program in four languages. Pure. The key is a variable of the
// environment: never the real one.

export const LANGUAGES = ["curl", "Go", "Python", "JavaScript"]

const KEY = "VOLCIMAGE_KEY"

// code is the program that sends {method, path, body} to the service at base, in one of LANGUAGES.
export function code(language, { base, method, path, body, keyed = false }) {
  const request = { url: base + path, method, body, keyed }
  return { curl, Go: go, Python: python, JavaScript: javascript }[language](request)
}

const quoted = (s) => `'${s.replaceAll("'", `'\\''`)}'`

function curl({ url, method, body, keyed }) {
  const lines = [`curl -sS${method === "GET" ? "" : ` -X ${method}`} ${quoted(url)}`]
  if (keyed) lines.push(`-H "X-API-Key: $${KEY}"`)
  if (body) lines.push(`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(body))}`)
  return lines.join(" \\\n  ")
}

function go({ url, method, body, keyed }) {
  const imports = ["fmt", "io", "net/http", ...(keyed ? ["os"] : []), ...(body ? ["strings"] : [])]
  const text = body && JSON.stringify(body)
  const literal = text && (text.includes("`") ? JSON.stringify(text) : `\`${text}\``)
  return [
    "package main", "", "import (", ...imports.map((name) => `\t"${name}"`), ")", "",
    "func main() {",
    `\treq, err := http.NewRequest("${method}", ${JSON.stringify(url)}, ${body ? `strings.NewReader(${literal})` : "nil"})`,
    "\tif err != nil {", "\t\tpanic(err)", "\t}",
    ...(body ? [`\treq.Header.Set("Content-Type", "application/json")`] : []),
    ...(keyed ? [`\treq.Header.Set("X-API-Key", os.Getenv("${KEY}"))`] : []),
    "\tresp, err := http.DefaultClient.Do(req)",
    "\tif err != nil {", "\t\tpanic(err)", "\t}",
    "\tdefer resp.Body.Close()",
    "\tanswer, err := io.ReadAll(resp.Body)",
    "\tif err != nil {", "\t\tpanic(err)", "\t}",
    "\tfmt.Println(resp.Status, string(answer))",
    "}",
  ].join("\n")
}

// pythonic is a value of JSON as Python writes it.
function pythonic(value) {
  if (value === null) return "None"
  if (typeof value === "boolean") return value ? "True" : "False"
  if (Array.isArray(value)) return `[${value.map(pythonic).join(", ")}]`
  if (typeof value === "object") return `{${Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}: ${pythonic(v)}`).join(", ")}}`
  return JSON.stringify(value)
}

function python({ url, method, body, keyed }) {
  const headers = [...(body ? [`"Content-Type": "application/json"`] : []), ...(keyed ? [`"X-API-Key": os.environ["${KEY}"]`] : [])]
  return [
    "import json", ...(keyed ? ["import os"] : []), "import urllib.request", "",
    ...(body ? [`body = ${pythonic(body)}`] : []),
    "request = urllib.request.Request(",
    `    ${JSON.stringify(url)},`,
    `    method="${method}",`,
    ...(body ? ["    data=json.dumps(body).encode(),"] : []),
    ...(headers.length > 0 ? [`    headers={${headers.join(", ")}},`] : []),
    ")",
    "with urllib.request.urlopen(request) as response:",
    "    print(response.status, response.read().decode())",
  ].join("\n")
}

function javascript({ url, method, body, keyed }) {
  const headers = [...(body ? [`"Content-Type": "application/json"`] : []), ...(keyed ? [`"X-API-Key": process.env.${KEY}`] : [])]
  return [
    `const response = await fetch(${JSON.stringify(url)}, {`,
    `  method: "${method}",`,
    ...(headers.length > 0 ? [`  headers: { ${headers.join(", ")} },`] : []),
    ...(body ? [`  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll("\n", "\n  ")}),`] : []),
    "})",
    "console.log(response.status, await response.text())",
  ].join("\n")
}
