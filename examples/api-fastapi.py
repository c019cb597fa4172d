"""
A protected API with FastAPI, which knows nothing of Gatehouse but its published metadata. With Python 3.11 or newer:

    gatehouse resources add https://notes.example.com --name Notes --scope notes:read --scope notes:write
    pip install fastapi==0.165.0 uvicorn==0.54.0 "PyJWT[crypto]==2.15.1"
    ISSUER=https://id.example.com AUDIENCE=https://notes.example.com PORT=4001 python api-fastapi.py
"""

import hashlib
import json
import logging
import os
import struct
import threading
import time
from typing import Annotated
from urllib.request import urlopen

import jwt
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from jwt.utils import base64url_decode

ISSUER, AUDIENCE = os.environ["ISSUER"], os.environ["AUDIENCE"]
ALGORITHMS = ["ES256", "RS256", "PS256"]
LEEWAY = 15  # seconds by which the clocks may differ
LONGEST_OUTAGE = 600  # seconds for which an old list of revoked tokens is used

with urlopen(f"{ISSUER}/.well-known/openid-configuration", timeout=10) as response:
    metadata = json.load(response)
# A key that is not known yet is looked for at once, and all keys are read again each minute, with the list below.
keys = jwt.PyJWKClient(metadata["jwks_uri"], timeout=10, lifespan=LONGEST_OUTAGE + 120, cooldown_duration=2)


def verified(text: str, typ: str, audience: str | None = None, require: tuple[str, ...] = ()) -> dict:
    """The claims of a JWT that Gatehouse signed. Raises PyJWTError if it is not valid, or of another type."""
    found = jwt.decode_complete(
        text,
        keys.get_signing_key_from_jwt(text),
        ALGORITHMS,
        issuer=ISSUER,
        audience=audience,
        leeway=LEEWAY,
        options={"require": ["iss", *require]},
    )
    if found["header"].get("typ") != typ:
        raise jwt.InvalidTokenError(f"this is not of the type {typ}")
    return found["payload"]


class RevokedTokens:
    """The list of revoked access tokens, which a thread follows: usually it knows of each within a second."""

    def __init__(self):
        self.expiries: dict[bytes, int] = {}
        self.as_of = 0  # the list was complete at this time
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self):
        position = wait = 0
        while True:
            try:
                position, wait = self.read(position, wait), 25
            except Exception as error:  # whatever it is, the next request may succeed
                logging.warning("The list of revoked tokens could not be read: %s", error)
                wait = 0
                time.sleep(2)

    def read(self, after: int, wait: int) -> int:
        """Reads what was revoked after a position, for which it waits some seconds. Returns the next position."""
        with urlopen(f"{metadata['access_token_revocations_uri']}?after={after}&wait={wait}", timeout=40) as response:
            page = verified(response.read().decode(), "token-revocations+jwt", require=("iat",))
        if page["position"] < after:
            return 0  # the database was restored from a backup: the list is read again
        for key, expiry in struct.iter_unpack(">16sI", base64url_decode(page["entries"])):
            self.expiries[key] = max(expiry, self.expiries.get(key, 0))
        if not page["more"]:
            if page["iat"] // 60 > self.as_of // 60:
                keys.get_jwk_set(refresh=True)
                self.expiries = {key: expiry for key, expiry in self.expiries.items() if expiry + LEEWAY > time.time()}
            self.as_of = page["iat"]
        return page["position"]

    @property
    def current(self) -> bool:
        return time.time() - self.as_of < LONGEST_OUTAGE

    def __contains__(self, token: dict) -> bool:
        digests = [hashlib.sha256(token[name].encode()).digest()[:16] for name in ("jti", "grant_id") if name in token]
        return any(key in self.expiries for key in [*digests, *map(base64url_decode, token.get("revocable_by", []))])


revoked_tokens = RevokedTokens()


def access_token(
    needed: SecurityScopes,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
) -> dict:
    """The claims of the access token, if it is valid for this API and has the scopes that the request needs."""
    if bearer is None:
        raise refusal(401, "Bearer")
    if not revoked_tokens.current:
        raise HTTPException(503, headers={"Retry-After": "5"})
    try:
        token = verified(bearer.credentials, "at+jwt", AUDIENCE, require=("exp", "jti", "sub"))
    except jwt.PyJWKClientConnectionError as error:
        raise HTTPException(503, headers={"Retry-After": "5"}) from error
    except jwt.PyJWTError as error:
        raise refusal(401, 'Bearer error="invalid_token"') from error
    # A token with `cnf` needs a DPoP proof (RFC 9449), which this API does not check.
    if token in revoked_tokens or "cnf" in token:
        raise refusal(401, 'Bearer error="invalid_token"')
    if not set(needed.scopes) <= set(token.get("scope", "").split()):
        raise refusal(403, f'Bearer error="insufficient_scope", scope="{needed.scope_str}"')
    return token


def refusal(status: int, challenge: str) -> HTTPException:
    return HTTPException(status, headers={"WWW-Authenticate": challenge})  # RFC 6750, section 3


app = FastAPI()


@app.get("/notes")
def read(token: Annotated[dict, Security(access_token, scopes=["notes:read"])]):
    return {"subject": token["sub"]}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
