// The answer to a refused form is loaded by its address from now on. Otherwise going forward to it, or a reload, makes the browser ask
// whether to send the form again.
history.replaceState(history.state, '', location.href);
