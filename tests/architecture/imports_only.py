"""A contract that import-linter lacks: these modules import the standard library and what is allowed, nothing else."""

import sys

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expressions_to_modules
from typing_extensions import override


class ImportsOnly(Contract):
    """Judges direct imports; what the allowed modules import in their turn is theirs."""

    type_name = "imports_only"

    modules = fields.SetField(subfield=fields.ModuleExpressionField())
    allowed = fields.SetField(subfield=fields.StringField())

    @override
    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        allowed = set(self.allowed) | sys.stdlib_module_names  # type: ignore[call-overload]  # the field gives its value
        chosen = module_expressions_to_modules(graph, self.modules)  # type: ignore[arg-type]  # the field gives its value
        breaches = sorted(
            f"{module.name} -> {imported}"
            for module in chosen
            for imported in graph.find_modules_directly_imported_by(module.name)
            if imported not in allowed
        )
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    @override
    def render_broken_contract(self, check: ContractCheck) -> None:
        for breach in check.metadata["breaches"]:
            output.print_error(breach, bold=False)
