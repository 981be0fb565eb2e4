// A web app on coreos/go-oidc and golang.org/x/oauth2, as the example "userinfo" of the library shows it.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"golang.org/x/oauth2"
)

type login struct {
	token   *oauth2.Token
	idToken string
}

var (
	logins sync.Map
	config oauth2.Config
)

func main() {
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	baseURL := os.Getenv("BASE_URL")
	clientID := os.Getenv("CLIENT_ID")
	verifier := provider.Verifier(&oidc.Config{ClientID: clientID})
	config = oauth2.Config{
		ClientID:     clientID,
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     provider.Endpoint(),
		RedirectURL:  baseURL + "/callback",
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
	}

	http.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		state, nonce := rand.Text(), rand.Text()
		setCookie(w, "state", state)
		setCookie(w, "nonce", nonce)
		http.Redirect(w, r, config.AuthCodeURL(state, oidc.Nonce(nonce)), http.StatusFound)
	})

	http.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		state, err := r.Cookie("state")
		if err != nil || r.URL.Query().Get("state") != state.Value {
			http.Error(w, "state did not match", http.StatusBadRequest)
			return
		}
		token, err := config.Exchange(ctx, r.URL.Query().Get("code"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		rawIDToken, _ := token.Extra("id_token").(string)
		idToken, err := verifier.Verify(ctx, rawIDToken)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		nonce, err := r.Cookie("nonce")
		if err != nil || idToken.Nonce != nonce.Value {
			http.Error(w, "nonce did not match", http.StatusBadRequest)
			return
		}
		logins.Store(state.Value, login{token, rawIDToken})
		http.Redirect(w, r, "/user", http.StatusFound)
	})

	http.HandleFunc("/user", func(w http.ResponseWriter, r *http.Request) {
		userInfo, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(loginOf(r).token))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		claims := map[string]any{}
		if err := userInfo.Claims(&claims); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		json.NewEncoder(w).Encode(claims)
	})

	http.HandleFunc("/refresh", func(w http.ResponseWriter, r *http.Request) {
		tooOld := *loginOf(r).token
		tooOld.Expiry = time.Now().Add(-time.Minute)
		if _, err := config.TokenSource(ctx, &tooOld).Token(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		json.NewEncoder(w).Encode("renewed")
	})

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("signed out")) })
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

func loginOf(r *http.Request) login {
	state, err := r.Cookie("state")
	if err != nil {
		return login{token: &oauth2.Token{}}
	}
	found, isThere := logins.Load(state.Value)
	if !isThere {
		return login{token: &oauth2.Token{}}
	}
	return found.(login)
}

func setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true})
}
