"""How a refusal reads: what happened, what was kept, what to do, and where."""

from pydantic import BaseModel, Field


class ProblemDetail(BaseModel):
    """What went wrong."""

    code: str = Field(description="A word for programs, such as not_found.")
    message: str = Field(description="What happened, in a sentence.")
    kept: str = Field(default="", description="What was kept.")
    remedy: str = Field(default="", description="What to do.")
    request_id: str = Field(default="", description="Tell it to the people who run this server.")
    fields: dict[str, str] = Field(
        default_factory=dict, description="Path of a field (lines.0.quantity) to what is wrong."
    )


class Problem(BaseModel):
    """The answer to a request that was not carried out."""

    error: ProblemDetail
