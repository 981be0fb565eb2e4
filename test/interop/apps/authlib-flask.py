# A web app on Authlib and Flask, as the example of Authlib shows it. SETTINGS holds the scope of the app.
import json
import os

from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, session, url_for

environment = os.environ
settings = json.loads(environment["SETTINGS"])

app = Flask(__name__)
app.secret_key = "!secret"
oauth = OAuth(app)
oauth.register(
    name="consentry",
    client_id=environment["CLIENT_ID"],
    client_secret=environment["CLIENT_SECRET"],
    server_metadata_url=f"{environment['ISSUER']}/.well-known/openid-configuration",
    client_kwargs={"scope": settings.get("scope", "openid profile email")},
)


@app.route("/login")
def login():
    return oauth.consentry.authorize_redirect(url_for("callback", _external=True))


@app.route("/callback")
def callback():
    token = oauth.consentry.authorize_access_token()
    session["subject"] = token["userinfo"]["sub"]
    session["token"] = {name: token.get(name) for name in ("access_token", "refresh_token", "token_type", "id_token")}
    return redirect("/user")


@app.route("/user")
def user():
    return jsonify(oauth.consentry.userinfo(token=session["token"]))


@app.route("/refresh")
def refresh():
    renewed = oauth.consentry.fetch_access_token(
        grant_type="refresh_token", refresh_token=session["token"]["refresh_token"]
    )
    session["token"] = {**session["token"], "access_token": renewed["access_token"]}
    return jsonify({"subject": session["subject"]})


@app.route("/logout")
def logout():
    id_token = session["token"]["id_token"]
    session.clear()
    return oauth.consentry.logout_redirect(post_logout_redirect_uri=f"{environment['BASE_URL']}/", id_token_hint=id_token)


@app.route("/")
def home():
    return "signed out"


app.run(port=int(environment["PORT"]), threaded=True)
