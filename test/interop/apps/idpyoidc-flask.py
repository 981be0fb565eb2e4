# A web app on idpyoidc and Flask: one statically registered client in the relying-party handler, as its documentation shows it.
import os

from cryptojwt import KeyJar
from flask import Flask, jsonify, redirect, request, session
from idpyoidc.client.rp_handler import RPHandler

environment = os.environ
issuer = environment["ISSUER"]
base_url = environment["BASE_URL"]

app = Flask(__name__)
app.secret_key = "!secret"
handler = RPHandler(
    base_url=base_url,
    keyjar=KeyJar(),
    client_configs={
        issuer: {
            "client_type": "oidc",
            "issuer": issuer,
            "client_id": environment["CLIENT_ID"],
            "client_secret": environment["CLIENT_SECRET"],
            "redirect_uris": [f"{base_url}/callback"],
            "preference": {
                "response_types": ["code"],
                "scopes_supported": ["openid", "profile", "email"],
                "token_endpoint_auth_method": "client_secret_basic",
            },
            "add_ons": {
                "pkce": {
                    "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                    "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
                }
            },
        }
    },
)


@app.route("/login")
def login():
    return redirect(handler.begin(issuer, req_args={"scope": ["openid", "profile", "email"]}))


@app.route("/callback")
def callback():
    result = handler.finalize(issuer, request.args.to_dict())
    if "error" in result:
        return jsonify(result), 400
    session["user"] = result["userinfo"].to_dict()
    return redirect("/user")


@app.route("/user")
def user():
    return jsonify(session["user"])


app.run(port=int(environment["PORT"]), threaded=True)
