"""Tells a shell what a deployed stack is made of, and brings the page into it.

    stack.py outputs STACK          its outputs, as lines NAME=value
    stack.py functions STACK        the environment of its functions, for sam local's --env-vars
    stack.py routed TEMPLATE        the template with an event for the route to Api, for sam local start-api
    stack.py upload BUCKET FOLDER   the page: what the bucket had before and FOLDER lacks is removed

Runs in the environment of requirements.txt, where the SAM CLI brings boto3 along.
"""

import json
import mimetypes
import pathlib
import shlex
import sys

import boto3
from samcli.yamlhelper import yaml_dump, yaml_parse

# As internal/embedded/host serves the page; other files are not part of it.
SUFFIXES = {".html", ".css", ".js", ".mjs", ".json", ".webmanifest", ".txt", ".svg", ".png", ".jpg", ".webp", ".ico", ".woff2"}
SKIPPED = {"node_modules", "test", "tests", "tools", "components.html", "package.json", "package-lock.json", "css", "html", "js", "vendor"}


def outputs(stack):
    found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    for o in found.get("Outputs", []):
        print(f"{o['OutputKey']}={shlex.quote(o['OutputValue'])}")


def functions(stack):
    client, environments = boto3.client("lambda"), {}
    for page in boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack):
        for r in page["StackResourceSummaries"]:
            if r["ResourceType"] == "AWS::Lambda::Function":
                config = client.get_function_configuration(FunctionName=r["PhysicalResourceId"])
                environments[r["LogicalResourceId"]] = config.get("Environment", {}).get("Variables", {})
    json.dump(environments, sys.stdout)


def routed(template):
    # Beside functions of its own kind, SAM CLI sees no routes but their events; these
    # cannot stand in the template, for an event has no condition.
    made = yaml_parse(pathlib.Path(template).read_text())
    made["Resources"]["Api"]["Properties"]["Events"] = {"Any": {"Type": "HttpApi"}}
    print(yaml_dump(made))


def upload(bucket, folder):
    client, root, keys = boto3.client("s3"), pathlib.Path(folder), set()
    for file in sorted(root.rglob("*")):
        parts = file.relative_to(root).parts
        skipped = any(p in SKIPPED or p.startswith(".") for p in parts) or ".in." in file.name or ".test." in file.name
        if skipped or file.suffix not in SUFFIXES or not file.is_file():
            continue
        keys.add("/".join(parts))
        kind = {".js": "text/javascript", ".mjs": "text/javascript", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2"}.get(
            file.suffix
        ) or mimetypes.guess_type(file.name)[0]
        if kind.startswith("text/"):
            kind += "; charset=utf-8"
        kept = "no-cache" if file.suffix == ".html" else "public, max-age=60, must-revalidate"
        client.put_object(Bucket=bucket, Key="/".join(parts), Body=file.read_bytes(), ContentType=kind, CacheControl=kept)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for o in page.get("Contents", []):
            if o["Key"] not in keys:
                client.delete_object(Bucket=bucket, Key=o["Key"])
    print(f"{len(keys)} files of the page are in {bucket}", file=sys.stderr)


if __name__ == "__main__":
    commands = {"outputs": outputs, "functions": functions, "routed": routed, "upload": upload}
    if len(sys.argv) < 3 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](*sys.argv[2:])
