"""Puts what `make build` built on an AWS account, and asks once what it must know.

    deploy.py STAGE ARCHITECTURE    deploy, bring the page in, show the first API key once
    deploy.py keys STAGE            put other keys of the provider into their secret
    deploy.py operate STAGE WORD…   what internal/cmd/deployed does, to this stage's stack

Answers go into .deploy/STAGE.yaml, without any key, and are not asked for again. The
account and the region are those of the AWS configuration: AWS_PROFILE, AWS_REGION.
Runs in the environment of requirements.txt, where the SAM CLI brings boto3 along.
"""

import getpass
import hashlib
import json
import os
import pathlib
import re
import struct
import subprocess
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILT = ROOT / ".aws-sam/build"
STACKS = {"staging": "volcimage-staging", "production": "volcimage"}  # as samconfig.toml has them
MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}  # e_machine of an ELF file
RESERVED = 27  # by the template's defaults: 20 for the api, 5 for steps, 2 for the janitor
UNRESERVED = 100  # that AWS wants to stay free


def fail(text):
    sys.exit(f"deploy: {text}")


def ask(question, standard, pattern):
    """One question; the answer must fit the pattern."""
    while True:
        answer = input(f"{question} [{standard}]: ").strip() or standard
        if re.fullmatch(pattern, answer):
            return answer
        print(f"  must be like {pattern}")


def settings(stage):
    """The file of answers; asks for them the first time."""
    path = ROOT / ".deploy" / f"{stage}.yaml"
    if path.exists():
        return path
    if not sys.stdin.isatty():
        fail(f"{path.relative_to(ROOT)} is not there, and nobody is here to be asked; docs/deploy.md shows one")
    print("A few questions, once. Enter takes what is in brackets.")
    answers = {
        "AlarmEmail": ask("Where are alarms sent? An e-mail address, or nothing", "", r"|[^@\s'\"]+@[^@\s'\"]+"),
        "KeyName": ask("Name of the first API key; each name has its own library", "local", r"[a-z0-9_-]{1,64}"),
        "MaxImagesPerDay": ask("Pictures a day at most; 0 is no limit", "200", r"\d{1,6}"),
        "MonthlyBudget": ask("US dollars a month of this AWS account above which the address is told", "20", r"[1-9]\d{0,6}"),
    }
    quota = boto3.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    answers["ReserveConcurrency"] = "true" if quota >= RESERVED + UNRESERVED else "false"
    if answers["ReserveConcurrency"] == "false":
        print(f"This account may run {quota} functions at once. None are reserved for this service; docs/deploy.md says what that means.")
    path.parent.mkdir(exist_ok=True)
    path.write_text("# Parameters of template.yaml for this stage, asked for by make deploy.\n" + "".join(f"{k}: {json.dumps(v)}\n" for k, v in answers.items()))
    return path


def provider_keys():
    """Both keys, or None where they are to be given later."""
    print("Keys of the VolcEngine account. They go into Secrets Manager and nowhere else; Enter leaves them for later.")
    access = getpass.getpass("Access key: ").strip()
    secret = access and getpass.getpass("Secret key: ").strip()
    for key in (access, secret):
        if key and not re.fullmatch(r"[0-9A-Za-z+/=_.-]{8,256}", key):
            fail("that is no key of VolcEngine")
    return {"access_key": access, "secret_key": secret} if access and secret else None


def outputs(stack):
    """Outputs of the stack; None where there is no such stack."""
    try:
        found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as e:
        if e.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}


def revise(stage, architecture, answers, known):
    """Writes the parameter by which SAM sees that a function changed: its code, its
    settings, or the API keys that it reads when it starts."""
    digest = hashlib.sha256()
    programs = sorted(BUILT.glob("*/bootstrap"))
    if not programs:
        fail("nothing is built: make build")
    for file in [*programs, ROOT / "template.yaml", ROOT / "samconfig.toml", answers]:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    for program in programs:
        if struct.unpack_from("<H", program.read_bytes()[:20], 18)[0] != MACHINES[architecture]:
            fail(f"{program.relative_to(ROOT)} is not for {architecture}: make build ARCHITECTURE={architecture}")
    if known and "ApiKeysSecret" in known:
        digest.update(boto3.client("secretsmanager").get_secret_value(SecretId=known["ApiKeysSecret"])["VersionId"].encode())
    (ROOT / ".aws-sam/revision.yaml").write_text(f'Architecture: "{architecture}"\nRevision: "{digest.hexdigest()[:40]}"\n')


def put(secret, value):
    boto3.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=json.dumps(value, separators=(",", ":")))


def missing_provider_keys(secret):
    text = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    return not json.loads(text).get("access_key")


def first_key(secret):
    """Shows the key that was made with the stack, and keeps its hash in its place."""
    held = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])
    shown = False
    for name, key in held.items():
        if isinstance(key, str) and not key.startswith("sha256:"):
            print(f"\nThe API key of {name}, shown this once. The page asks for it:\n\n    {key}\n")
            held[name], shown = "sha256:" + hashlib.sha256(key.encode()).hexdigest(), True
    if shown:
        put(secret, held)


def deploy(stage, architecture):
    identity = boto3.client("sts").get_caller_identity()
    region = boto3.session.Session().region_name or fail("no region: set AWS_REGION")
    stack = STACKS[stage]
    print(f"Stack {stack}, account {identity['Account']}, region {region}")
    known = outputs(stack)
    answers = settings(stage)
    keys = provider_keys() if known is None and sys.stdin.isatty() else None
    revise(stage, architecture, answers, known)
    tools = pathlib.Path(sys.executable).parent
    subprocess.run(
        [tools / "sam", "deploy", "--config-env", stage, "--config-file", ROOT / "samconfig.toml", "--template-file", BUILT / "template.yaml", "--region", region],
        cwd=ROOT, check=True, env={**os.environ, "SAM_CLI_TELEMETRY": "0"},
    )
    made = outputs(stack) or fail("the stack was not made")
    if keys:
        put(made["ProviderKeysSecret"], keys)
    subprocess.run([sys.executable, ROOT / ".ci/stack.py", "upload", made["SiteBucket"], ROOT / "site"], check=True)
    first_key(made["ApiKeysSecret"])
    if missing_provider_keys(made["ProviderKeysSecret"]):
        print(f"VolcEngine's keys are still to be given: make provider-keys STAGE={stage}")
    print(f"The page is at {made['Page']}")


def existing(stage):
    """Outputs of a stack that is there."""
    return outputs(STACKS[stage]) or fail(f"there is no stack {STACKS[stage]} in this account and region: make build && make deploy STAGE={stage}")


def renew_provider_keys(stage):
    secret = existing(stage)["ProviderKeysSecret"]
    put(secret, provider_keys() or fail("both keys are needed"))
    print("Functions use them within five minutes, and at once where the old ones are refused.")


def operate(stage, *words):
    o = existing(stage)
    names = {"TABLE_NAME": o["TableName"], "QUEUE_URL": o["QueueUrl"], "DEAD_LETTERS_URL": o["DeadLettersUrl"], "PICTURES_BUCKET": o["PicturesBucket"]}
    region = boto3.session.Session().region_name  # the SDK for Go does not look for AWS_DEFAULT_REGION
    sys.exit(subprocess.run(["go", "run", "./internal/cmd/deployed", *words], cwd=ROOT, env={**os.environ, **names, "AWS_REGION": region}).returncode)


def main(args):
    match args:
        case ["keys", stage] if stage in STACKS:
            renew_provider_keys(stage)
        case ["operate", stage, *words] if stage in STACKS:
            operate(stage, *words)
        case [stage, architecture] if stage in STACKS and architecture in MACHINES:
            deploy(stage, architecture)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (ClientError, BotoCoreError) as e:
        fail(e)
    except subprocess.CalledProcessError as e:
        fail(f"{pathlib.Path(str(e.cmd[0])).name} ended with {e.returncode}")
