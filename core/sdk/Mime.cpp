namespace notifyhost {}
