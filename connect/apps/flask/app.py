import os

from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, session, url_for

ISSUER = os.environ["ISSUER"]

app = Flask(__name__)
app.secret_key = "of this application alone"
app.config.update(
    GATEHOUSE_CLIENT_ID=os.environ["CLIENT_ID"],
    GATEHOUSE_CLIENT_SECRET=os.environ["CLIENT_SECRET"],
)

tokens = {}


def update_token(token, refresh_token=None, access_token=None):
    tokens[session["user"]["sub"]] = token


oauth = OAuth(app)
oauth.register(
    name="gatehouse",
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email roles offline_access"},
    fetch_token=lambda: tokens[session["user"]["sub"]],
    update_token=update_token,
)


@app.route("/")
def home():
    return jsonify(session.get("user", {}))


@app.route("/login")
def login():
    return oauth.gatehouse.authorize_redirect(url_for("auth", _external=True))


@app.route("/auth")
def auth():
    token = oauth.gatehouse.authorize_access_token()
    session["user"] = token["userinfo"]
    tokens[token["userinfo"]["sub"]] = token
    return redirect("/")


@app.route("/refresh")
def refresh():
    """Authlib refreshes a token that has expired when it is used."""
    sub = session["user"]["sub"]
    before = tokens[sub]["access_token"]
    tokens[sub]["expires_at"] = 0
    oauth.gatehouse.userinfo()
    return jsonify(before=before, after=tokens[sub]["access_token"])


@app.route("/logout")
def logout():
    id_token = tokens[session["user"]["sub"]]["id_token"]
    session.clear()
    return oauth.gatehouse.logout_redirect(
        post_logout_redirect_uri=url_for("signed_out", _external=True), id_token_hint=id_token
    )


@app.route("/signed-out")
def signed_out():
    oauth.gatehouse.validate_logout_response()
    return redirect("/")
