import json
import random

from rich.console import Console

from lab.driver import LabRun
from lab.incident import draw
from lab.judge_run import CALM_WITHIN_S
from lab.judgement import LabApprover
from lab.mission import LabMission, summary_line
from runtime.local_settings import DemoAnswer, LabAnswer, LabSettings


async def run_once(settings: LabSettings, console: Console) -> int:
    """Runs one incident and one mission, and checks the result. Returns the exit code."""
    seed = random.SystemRandom().randrange(1_000_000) if settings.seed is None else settings.seed
    incident = draw(settings.fault, seed, decoys=False)
    console.print(f"FAULT={incident.fault.kind} SEED={seed}", highlight=False)
    careful = settings.approve is LabAnswer.CAREFUL
    answer = LabApprover(incident.fault.truth()) if careful else DemoAnswer(settings.approve)
    run = LabRun(settings, console)
    async with run.running() as (lab, _):
        await run.customers(lab).calm(None, CALM_WITHIN_S)
        try:
            result = await LabMission(run, lab, console).run(incident, answer, settings.calm_seconds)
        finally:
            await incident.fault.lift(lab)
    mistakes = result.mistakes(denied=settings.approve is LabAnswer.NO)
    for mistake in mistakes:
        console.print(f"wrong: {mistake}", style="red", highlight=False, markup=False)
    print(json.dumps(summary_line(result)))
    return 1 if mistakes else 0
