#!/usr/bin/env python3
"""Makes the same work for three programs: N variants of one Job with its ConfigMap.

    inputs.py --xbench BINARY --project DIR --variants N OUT

writes OUT/xbench (a project), OUT/kustomize (a tree for `kubectl kustomize`) and OUT/helm (a chart). The
Job is the one that xbench itself renders from the project's `base/` and `overlays/`, so that the other two
write objects of the same shape and size. The variants differ in one number of the benchmark's configuration,
in a label and in their names; each ConfigMap's name ends in a hash of its content, and the Job refers to it by
that name. That is what all three tools can do. xbench does more in the same time: it validates every layer
and every value against schemas, every object against the Kubernetes types, and hashes the Jobs too.

Only the standard library; writes nothing outside OUT.
"""

import argparse
import copy
import json
import pathlib
import re
import shutil
import subprocess
import sys

# The number that differs between variants, in a profile layer and in the configuration rendered from it.
VARIED = "uniqueRequests"
SUITE = "generated"
CHOICES = {"backend": "pytorch-cuda", "accelerator": "nvidia-l4", "model": "qwen3-0.6b"}
PROFILE = "smoke"
LABEL = "bench.example.com/variant"


def variant_name(index):
    return f"p{index:05d}"


def block_yaml(value, indent=0):
    """Renders JSON data as block YAML, every string in double quotes."""
    pad = "  " * indent
    if isinstance(value, dict) and value:
        lines = []
        for key, member in value.items():
            nested = isinstance(member, (dict, list)) and member
            lines.append(f"{pad}{json.dumps(key)}:" + ("\n" if nested else " ") + block_yaml(member, indent + 1))
        return "\n".join(lines)
    if isinstance(value, list) and value:
        return "\n".join(f"{pad}- {block_yaml(member, indent + 1).lstrip()}" for member in value)
    return json.dumps(value)


def replace_strings(value, old, new):
    """The same tree with `old` replaced by `new` in every string that is a value."""
    if isinstance(value, dict):
        return {key: replace_strings(member, old, new) for key, member in value.items()}
    if isinstance(value, list):
        return [replace_strings(member, old, new) for member in value]
    return value.replace(old, new) if isinstance(value, str) else value


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


class Template:
    """One rendered variant, taken apart: the Job, and the file that its ConfigMap holds."""

    def __init__(self, objects):
        (job,) = [item for item in objects if item["kind"] == "Job"]
        (config,) = [item for item in objects if item["kind"] == "ConfigMap"]
        job, config = copy.deepcopy(job), copy.deepcopy(config)
        ((self.file, self.content),) = config["data"].items()
        self.immutable = config.get("immutable", False)
        self.labels = config["metadata"].get("labels", {})
        job = replace_strings(job, config["metadata"]["name"], "bench-config")
        job["metadata"]["name"] = "bench"
        for metadata in (job["metadata"], job["spec"]["template"]["metadata"]):
            metadata.pop("namespace", None)
            # What only xbench computes cannot be asked of the others.
            metadata["annotations"] = {
                key: text for key, text in metadata.get("annotations", {}).items() if not re.search(r"[0-9a-f]{64}", text)
            }
        self.job = job
        self.number = re.compile(rf'(["\s]?\b{VARIED}"?:\s*)\d+')
        if len(self.number.findall(self.content)) != 1:
            sys.exit(f"inputs: the configuration must hold exactly one number `{VARIED}`:\n{self.content}")

    def configuration(self, value):
        """The file's content with another value in the place that varies; `value` is a number or a template."""
        return self.number.sub(lambda match: match.group(1) + str(value), self.content)


def kustomize(template, count, out):
    """One base, one overlay a variant, and a kustomization on top that lists them all."""
    write(out / "base/job.yaml", block_yaml(template.job) + "\n")
    write(out / "base" / template.file, template.configuration(0))
    write(
        out / "base/kustomization.yaml",
        block_yaml(
            {
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "resources": ["job.yaml"],
                "configMapGenerator": [{"name": "bench-config", "files": [template.file]}],
                "generatorOptions": {"immutable": template.immutable, "labels": template.labels},
            }
        )
        + "\n",
    )
    names = [variant_name(index) for index in range(1, count + 1)]
    for index, name in enumerate(names, 1):
        write(out / "overlays" / name / template.file, template.configuration(index))
        write(
            out / "overlays" / name / "kustomization.yaml",
            block_yaml(
                {
                    "apiVersion": "kustomize.config.k8s.io/v1beta1",
                    "kind": "Kustomization",
                    "resources": ["../../base"],
                    "nameSuffix": f"-{name}",
                    "labels": [{"pairs": {LABEL: name}, "includeTemplates": True}],
                    "configMapGenerator": [{"name": "bench-config", "behavior": "replace", "files": [template.file]}],
                    "generatorOptions": {"immutable": template.immutable},
                }
            )
            + "\n",
        )
    write(
        out / "kustomization.yaml",
        block_yaml(
            {
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "resources": [f"overlays/{name}" for name in names],
            }
        )
        + "\n",
    )


def helm(template, count, out):
    """One template that ranges over the variants in values.yaml."""
    # Braces of our own text must not be read as template actions.
    escape = lambda text: re.sub(r"\{\{|\}\}", lambda match: '{{ "' + match.group() + '" }}', text)
    job = copy.deepcopy(template.job)
    job["metadata"]["name"] = "@NAME@"
    for metadata in (job["metadata"], job["spec"]["template"]["metadata"]):
        metadata.setdefault("labels", {})[LABEL] = "@VARIANT@"
    job = replace_strings(job, "bench-config", "@CONFIG@")
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "@CONFIG@", "labels": {**template.labels, LABEL: "@VARIANT@"}},
        "immutable": template.immutable,
        "data": {template.file: "@CONTENT@"},
    }
    fill = lambda tree: (
        escape(block_yaml(tree))
        .replace("@NAME@", "bench-{{ .name }}")
        .replace("@VARIANT@", "{{ .name }}")
        .replace("@CONFIG@", "{{ $config }}")
        .replace('"@CONTENT@"', "{{ $content | quote }}")
    )
    write(
        out / "templates/variants.yaml",
        '{{- define "configuration" }}'
        + escape(template.configuration("@NUMBER@")).replace("@NUMBER@", "{{ ." + VARIED + " }}")
        + "{{- end }}\n"
        + "{{- range .Values.variants }}\n"
        + '{{- $content := include "configuration" . }}\n'
        + '{{- $config := printf "bench-config-%s-%s" .name ($content | sha256sum | trunc 10) }}\n'
        + f"---\n{fill(config)}\n---\n{fill(job)}\n"
        + "{{- end }}\n",
    )
    write(out / "Chart.yaml", block_yaml({"apiVersion": "v2", "name": "bench", "version": "0.1.0"}) + "\n")
    variants = [{"name": variant_name(index), VARIED: index} for index in range(1, count + 1)]
    write(out / "values.yaml", block_yaml({"variants": variants}) + "\n")


def xbench(root, count, out):
    """The project's own `base/`, `schemas/`, `overlays/` and `loadgen/`, N more profiles, a suite of them all."""
    for folder in ("base", "overlays", "schemas", "loadgen"):
        shutil.copytree(root / folder, out / folder)
    profile = (root / f"overlays/profiles/{PROFILE}.yaml").read_text(encoding="utf-8")
    above = "\n  workload:\n"
    if profile.count(above) != 1 or VARIED in profile:
        sys.exit(f"inputs: overlays/profiles/{PROFILE}.yaml must have one `workload` and no `{VARIED}` of its own")
    names = [variant_name(index) for index in range(1, count + 1)]
    for index, name in enumerate(names, 1):
        layer = profile.replace(above, f"{above}    {VARIED}: {index}\n")
        write(out / f"overlays/profiles/{name}.yaml", layer)
    suite = {"description": "Generated for a benchmark.", "variants": [{**CHOICES, "profile": names}]}
    write(out / f"overlays/suites/{SUITE}.yaml", block_yaml(suite) + "\n")


def make(binary, root, count, out, only_xbench=False):
    """Writes the inputs for `count` variants; `binary` renders the Job that the other two are made from."""
    xbench(root, count, out / "xbench")
    if only_xbench:
        return
    command = [binary, "render", SUITE, "-C", out / "xbench", "--profile", variant_name(1), "--format", "json"]
    rendered = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    template = Template(json.loads(rendered)["items"])
    kustomize(template, count, out / "kustomize")
    helm(template, count, out / "helm")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = pathlib.Path(__file__).resolve().parents[2]
    parser.add_argument("--xbench", type=pathlib.Path, default=root / "target/release/xbench", help="the built binary")
    parser.add_argument("--project", type=pathlib.Path, default=root, help="where base/, overlays/, schemas/ and loadgen/ are")
    parser.add_argument("--variants", type=int, default=100, help="how many (default 100)")
    parser.add_argument("out", type=pathlib.Path, help="a directory to write to; made if it does not exist")
    chosen = parser.parse_args()
    make(chosen.xbench, chosen.project, chosen.variants, chosen.out)


if __name__ == "__main__":
    main()
