"""Runs SAM's transform over template.yaml as AWS does it, for each stage: what `sam
validate` lets pass may fail there. Tells what came out wrong, and ends with 1.
"""

import logging
import pathlib
import sys

import boto3
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

TEMPLATE = pathlib.Path(__file__).resolve().parent.parent / "template.yaml"
logging.getLogger("samtranslator").setLevel(logging.ERROR)


def translated(**parameters):
    """Resources as CloudFormation sees them: name and type."""
    template = yaml_parse(TEMPLATE.read_text())
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"  # as sam package leaves it
    session = boto3.Session(region_name="us-east-1")
    resources = Translator({}, Parser(), boto_session=session).translate(template, parameters)["Resources"]
    return {name: r["Type"] for name, r in resources.items()}


def versions(resources):
    return {name for name, kind in resources.items() if kind == "AWS::Lambda::Version"}


wrong = []
for stage in ("local", "staging", "production"):
    for gradual in ("true", "false"):
        one = translated(Stage=stage, Gradual=gradual, Revision="a" * 40)
        two = translated(Stage=stage, Gradual=gradual, Revision="b" * 40)
        groups = sum(kind == "AWS::CodeDeploy::DeploymentGroup" for kind in one.values())
        if groups != (2 if gradual == "true" else 0):
            wrong.append(f"{stage}, gradual {gradual}: {groups} deployment groups, want two where it is gradual")
        if len(versions(one)) != 3 or versions(one) & versions(two):
            wrong.append(f"{stage}: another revision makes no other versions: {sorted(versions(one) & versions(two))}")
sys.exit("\n".join(wrong) or 0)
