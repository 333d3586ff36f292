"""FastAPI behind Mangum."""

from fastapi import FastAPI
from mangum import Mangum

from bench.contenders.form import Answer, Form
from bench.contenders.store import declare

app = FastAPI()


@app.post("/v1/declarations", status_code=201)
def submit(form: Form) -> Answer:
    return declare(form)


handler = Mangum(app, lifespan="off")
