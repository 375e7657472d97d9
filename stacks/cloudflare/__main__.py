from kampkin.targets.cloudflare import program

program()
