from kampkin.targets.aws import program

program()
